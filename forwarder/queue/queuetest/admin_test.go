package queuetest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestQueueIsFoundByName(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		name, none := "jobs", "none"
		out, err := a.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
		noError(t, err)
		equal(t, q.URL, *out.QueueUrl)
		_, err = a.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &none})
		var want *types.QueueDoesNotExist
		equal(t, true, errors.As(err, &want))
		requireCode(t, err, "AWS.SimpleQueueService.NonExistentQueue")
	})
}

func TestCreateQueue(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		create := func(name string, attributes map[string]string) (*sqs.CreateQueueOutput, error) {
			return a.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		}
		out, err := create("jobs", map[string]string{"VisibilityTimeout": "7"})
		noError(t, err)
		same, err := create("jobs", map[string]string{"VisibilityTimeout": "7"})
		noError(t, err)
		equal(t, *out.QueueUrl, *same.QueueUrl)
		_, err = create("jobs", map[string]string{"VisibilityTimeout": "8"})
		var exists *types.QueueNameExists
		equal(t, true, errors.As(err, &exists))

		for _, c := range []struct {
			name, attribute, value, code string
		}{
			{"a b", "DelaySeconds", "0", "InvalidParameterValue"},
			{strings.Repeat("x", 81), "DelaySeconds", "0", "InvalidParameterValue"},
			{"jobs.fifo", "DelaySeconds", "0", "InvalidParameterValue"},
			{"plain", "FifoQueue", "true", "InvalidParameterValue"},
			{"plain", "FifoQueue", "false", "InvalidAttributeName"},
			{"plain", "ContentBasedDeduplication", "true", "InvalidAttributeName"},
			{"plain", "Colour", "red", "InvalidAttributeName"},
			{"plain", "DelaySeconds", "901", "InvalidAttributeValue"},
			{"plain", "VisibilityTimeout", "-1", "InvalidAttributeValue"},
			{"plain", "VisibilityTimeout", "soon", "InvalidAttributeValue"},
			{"plain", "RedrivePolicy", "{", "InvalidParameterValue"},
			{"plain", "RedrivePolicy", `{"deadLetterTargetArn":"dummy","maxReceiveCount":1}`, "InvalidParameterValue"},
			{
				"plain", "RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1}`,
				"InvalidParameterValue",
			},
			{
				"plain", "RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:jobs","maxReceiveCount":0}`,
				"InvalidParameterValue",
			},
		} {
			_, err := create(c.name, map[string]string{c.attribute: c.value})
			t.Log(c)
			requireCode(t, err, c.code)
		}
	})
}

func TestCreatePanicsWhereAWSRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		defer func() {
			equal(t, "queuetest: create queue jobs: InvalidAttributeValue: "+
				"Invalid value for the parameter VisibilityTimeout.", recover())
		}()
		a.Create("jobs", queuetest.Queue{VisibilityTimeout: 43201})
	})
}

func TestQueueAttributes(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		dead := a.Create("dead", queuetest.Queue{})
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 7, DeadLetter: dead, MaxReceiveCount: 3})
		q.Send("1", "2", "3")
		q.Put(queuetest.Message{Body: "late", Delay: 9})
		a.receive(t, q, most(1))
		get := func(names ...types.QueueAttributeName) (map[string]string, error) {
			out, err := a.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.URL, AttributeNames: names})
			if err != nil {
				return nil, err
			}
			return out.Attributes, nil
		}
		all, err := get("All")
		noError(t, err)
		delete(all, "CreatedTimestamp")
		delete(all, "LastModifiedTimestamp")
		equal(t, map[string]string{
			"QueueArn": q.ARN, "VisibilityTimeout": "7", "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0",
			"MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "SqsManagedSseEnabled": "true",
			"RedrivePolicy":               `{"deadLetterTargetArn":"` + dead.ARN + `","maxReceiveCount":3}`,
			"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1", "ApproximateNumberOfMessagesDelayed": "1",
		}, all)
		some, err := get("VisibilityTimeout", "KmsMasterKeyId")
		noError(t, err)
		equal(t, map[string]string{"VisibilityTimeout": "7"}, some)
		_, err = get("Colour")
		var name *types.InvalidAttributeName
		equal(t, true, errors.As(err, &name))
	})
}

func TestSetQueueAttributes(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		dead := a.Create("dead", queuetest.Queue{})
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1, DeadLetter: dead, MaxReceiveCount: 1})
		set := func(attributes map[string]string) error {
			_, err := a.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &q.URL, Attributes: attributes})
			return err
		}
		requireCode(t, set(map[string]string{"DelaySeconds": "900", "VisibilityTimeout": "soon"}), "InvalidAttributeValue")
		out, err := a.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &q.URL, AttributeNames: []types.QueueAttributeName{"DelaySeconds"},
		})
		noError(t, err)
		equal(t, map[string]string{"DelaySeconds": "0"}, out.Attributes) // all or nothing
		noError(t, set(map[string]string{"RedrivePolicy": ""}))
		q.Send("one")
		a.receive(t, q)
		time.Sleep(time.Second)
		equal(t, 1, len(a.receive(t, q))) // not redriven
	})
}

func TestListQueues(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		for _, name := range []string{"b-1", "a", "b-2", "b-3"} {
			a.Create(name, queuetest.Queue{})
		}
		prefix, two := "b-", int32(2)
		pages := sqs.NewListQueuesPaginator(a.client, &sqs.ListQueuesInput{QueueNamePrefix: &prefix, MaxResults: &two})
		var got []string
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			noError(t, err)
			got = append(got, page.QueueUrls...)
		}
		base := a.URL + "/000000000000/"
		equal(t, []string{base + "b-1", base + "b-2", base + "b-3"}, got)
	})
}

func TestPurgeQueue(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs.fifo", queuetest.Queue{FIFO: true, VisibilityTimeout: 1})
		put(q, "a1", "a2", "b1")
		a.receive(t, q, most(1))
		purge := func() error {
			_, err := a.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &q.URL})
			return err
		}
		noError(t, purge())
		time.Sleep(time.Second)
		requireDepth(t, q, 0, 0)
		put(q, "a1") // no longer a duplicate
		equal(t, []string{"a1"}, bodies(a.receive(t, q)))
		var busy *types.PurgeQueueInProgress
		equal(t, true, errors.As(purge(), &busy))
		time.Sleep(time.Minute)
		noError(t, purge())
	})
}

func TestDeleteQueue(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send("one")
		remove := func() error {
			_, err := a.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &q.URL})
			return err
		}
		noError(t, remove())
		var none *types.QueueDoesNotExist
		equal(t, true, errors.As(remove(), &none))
		create := func() error {
			_, err := a.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &q.Name})
			return err
		}
		var recent *types.QueueDeletedRecently
		equal(t, true, errors.As(create(), &recent))
		time.Sleep(time.Minute)
		noError(t, create())
		equal(t, 0, len(a.receive(t, q)))
	})
}
