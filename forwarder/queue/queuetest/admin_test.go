package queuetest_test

import (
	"errors"
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
			"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1",
			"ApproximateNumberOfMessagesDelayed": "0",
		}, all)
		some, err := get("VisibilityTimeout", "KmsMasterKeyId")
		noError(t, err)
		equal(t, map[string]string{"VisibilityTimeout": "7"}, some)
	})
}

func TestSetQueueAttributes(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1})
		set := func(attributes map[string]string) error {
			_, err := a.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &q.URL, Attributes: attributes})
			return err
		}
		err := set(map[string]string{"MaximumMessageSize": "2000", "VisibilityTimeout": "soon"})
		requireCode(t, err, "InvalidAttributeValue")
		out, err := a.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &q.URL, AttributeNames: []types.QueueAttributeName{"MaximumMessageSize"},
		})
		noError(t, err)
		equal(t, map[string]string{"MaximumMessageSize": "1048576"}, out.Attributes) // all or nothing
		noError(t, set(map[string]string{"VisibilityTimeout": "2"}))
		q.Send("one")
		a.receive(t, q)
		time.Sleep(time.Second)
		requireDepth(t, q, 0, 1)
		time.Sleep(time.Second)
		requireDepth(t, q, 1, 0)
	})
}
