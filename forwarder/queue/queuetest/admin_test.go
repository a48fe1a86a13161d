package queuetest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func Example() {
	s := queuetest.New() // in a test, Start also listens: then s.URL is the endpoint for an SQS client
	dead := s.Create("dead", queuetest.Queue{})
	q := s.Create("jobs", queuetest.Queue{VisibilityTimeout: 2, DeadLetter: dead, MaxReceiveCount: 3})
	q.Send("one", "two")
	client := open(s, s.Client())
	ctx := context.Background()
	for {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL})
		if err != nil || len(out.Messages) == 0 {
			break
		}
		fmt.Println(*out.Messages[0].Body)
		handle := out.Messages[0].ReceiptHandle
		_, _ = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.URL, ReceiptHandle: handle})
	}
	fmt.Println(q.Wait(ctx, queuetest.Drained), s.Stats().Requests["DeleteMessage"])
	// Output:
	// one
	// two
	// <nil> 2
}

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
		equal(t, map[string]string{
			"QueueArn": q.ARN, "VisibilityTimeout": "7", "MaximumMessageSize": "1048576",
			"RedrivePolicy":               `{"deadLetterTargetArn":"` + dead.ARN + `","maxReceiveCount":3}`,
			"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1",
		}, all)
		some, err := get("VisibilityTimeout", "KmsMasterKeyId")
		noError(t, err)
		equal(t, map[string]string{"VisibilityTimeout": "7"}, some)
	})
}
