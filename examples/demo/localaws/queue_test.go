package localaws_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// TestQueueOfTheForwarder has an SQS that the project did not write take what the forwarder's queue sends: sizes,
// attributes, codes, and the check of the dead-letter queue.
func TestQueueOfTheForwarder(t *testing.T) {
	url := localaws.Test(t)
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	config := aws.Config{Region: "us-west-2", BaseEndpoint: &url, Credentials: keys}
	client := sqs.NewFromConfig(config)
	create := func(name string, attributes map[string]string) string {
		t.Helper()
		made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return *made.QueueUrl
	}
	main, dead := create("q", nil), create("dead", map[string]string{"MaximumMessageSize": "2048"})
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl:    &main,
		MessageBody: aws.String(strings.Repeat("x", 2000)),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"tenant": {DataType: aws.String("String"), StringValue: aws.String("7")},
			"b":      {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
		},
	}); err != nil {
		t.Fatal(err)
	}
	q, err := queue.Open(t.Context(), config, queue.Options{URL: main, DeadLetterURL: dead})
	if err != nil || q.DeadLetterMaxSize != 2048 {
		t.Fatal(q, err)
	}
	got, err := q.Receive(t.Context(), queue.MaxBatch, time.Second)
	if err != nil || len(got) != 1 || got[0].Attribute("b") != "AP8=" {
		t.Fatal(got, err)
	}
	why := map[string]string{"status": "422", "reason": strings.Repeat("é", 500), "message-id": got[0].ID}
	for _, err := range []error{
		q.Extend(t.Context(), got, time.Minute)[0],
		q.DeadLetter(t.Context(), &got[0], why),
		q.Delete(t.Context(), got)[0],
	} {
		if err != nil {
			t.Error(err)
		}
	}
	err = q.Extend(t.Context(), got, time.Minute)[0]
	if !errors.Is(err, queue.ErrLeaseLost) || strings.Contains(err.Error(), got[0].Receipt) {
		t.Error(err)
	}
	checkDeadLetter(t, client, dead)
	for _, url := range []string{main, dead + "-none", create("dead.fifo", map[string]string{"FifoQueue": "true"})} {
		_, err := queue.Open(t.Context(), config, queue.Options{URL: main, DeadLetterURL: url})
		if !errors.Is(err, queue.ErrDeadLetter) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func checkDeadLetter(t *testing.T, client *sqs.Client, dead string) {
	t.Helper()
	receive := &sqs.ReceiveMessageInput{QueueUrl: &dead, MessageAttributeNames: []string{"All"}}
	letters, err := client.ReceiveMessage(t.Context(), receive)
	if err != nil || len(letters.Messages) != 1 {
		t.Fatal(letters, err)
	}
	attributes := letters.Messages[0].MessageAttributes
	own := queue.OwnAttributes(attributes)
	if len(own) != 2 || aws.ToString(own["tenant"].StringValue) != "7" ||
		aws.ToString(attributes["status"].StringValue) != "422" {
		t.Errorf("got %v", attributes)
	}
}
