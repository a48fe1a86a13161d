package queuetest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestMessageMovesToDeadLetterQueue(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		dead := a.Create("dead", queuetest.Queue{})
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1, DeadLetter: dead, MaxReceiveCount: 3})
		ids := q.Put(queuetest.Message{
			Body: "one", Trace: "Root=1-5759e988-bd862e3fe1be46a994272793",
			Attributes: map[string]queuetest.Attribute{"why": {DataType: "String", StringValue: "because"}},
		})
		sent := q.Messages()[0].Sent
		for range 3 {
			equal(t, 1, len(a.receive(t, q)))
			requireDepth(t, dead, 0, 0)
			time.Sleep(time.Second)
		}
		requireDepth(t, q, 1, 0)
		equal(t, 0, len(a.receive(t, q)))
		requireDepth(t, q, 0, 0)

		got := a.receive(t, dead)[0]
		equal(t, ids[0], *got.MessageId)
		equal(t, "4", got.Attributes["ApproximateReceiveCount"])
		equal(t, q.ARN, got.Attributes["DeadLetterQueueSourceArn"])
		equal(t, "Root=1-5759e988-bd862e3fe1be46a994272793", got.Attributes["AWSTraceHeader"])
		equal(t, "because", *got.MessageAttributes["why"].StringValue)
		in := dead.Messages()[0]
		equal(t, true, in.Source == q.ARN && in.Sent.Equal(sent))
	})
}

func TestDeadLetterQueueCountsItsOwnReceives(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		last := a.Create("last", queuetest.Queue{})
		dead := a.Create("dead", queuetest.Queue{VisibilityTimeout: 1, DeadLetter: last, MaxReceiveCount: 2})
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1, DeadLetter: dead, MaxReceiveCount: 2})
		q.Send("one")
		for _, at := range []*queuetest.Queue{q, q, dead, dead} {
			a.receive(t, q) // the third moves it
			if at == dead {
				equal(t, 1, len(a.receive(t, dead)))
			}
			time.Sleep(time.Second)
		}
		equal(t, 0, len(a.receive(t, dead)))
		equal(t, "5", a.receive(t, last)[0].Attributes["ApproximateReceiveCount"])
	})
}

func TestRedriveFeedsLongPoll(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		dead := a.Create("dead", queuetest.Queue{})
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 5, DeadLetter: dead, MaxReceiveCount: 1})
		q.Send("one")
		a.receive(t, q)
		began := time.Now()
		done := make(chan int)
		for _, from := range []*queuetest.Queue{q, dead} {
			go func() {
				done <- len(a.receive(t, from, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }))
			}()
		}
		equal(t, 1, <-done) // the poll of the source saw it expire, and passed it on
		equal(t, 5*time.Second, time.Since(began))
		equal(t, 0, <-done)
	})
}
