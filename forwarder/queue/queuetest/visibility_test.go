package queuetest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestReceivedMessageComesBackWithNewHandle(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 2})
		ids := q.Send("one")
		first := a.receive(t, q)
		equal(t, 1, len(first))
		equal(t, ids[0], *first[0].MessageId)
		equal(t, 0, len(a.receive(t, q)))
		requireDepth(t, q, 0, 1)

		time.Sleep(2 * time.Second)
		requireDepth(t, q, 1, 0)
		second := a.receive(t, q)
		equal(t, ids[0], *second[0].MessageId)
		differ(t, *first[0].ReceiptHandle, *second[0].ReceiptHandle)
		equal(t, "2", second[0].Attributes["ApproximateReceiveCount"])
		equal(t, first[0].Attributes["ApproximateFirstReceiveTimestamp"],
			second[0].Attributes["ApproximateFirstReceiveTimestamp"])
		equal(t, first[0].Attributes["SentTimestamp"], second[0].Attributes["SentTimestamp"])
	})
}

func TestReceiveChoosesVisibilityTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 100})
		q.Send("one")
		equal(t, 1, len(a.receive(t, q, func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 3 })))
		time.Sleep(3*time.Second - time.Millisecond)
		requireDepth(t, q, 0, 1)
		time.Sleep(time.Millisecond)
		requireDepth(t, q, 1, 0)
	})
}
