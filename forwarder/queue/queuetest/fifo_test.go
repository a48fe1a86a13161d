package queuetest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// put sends bodies like "a1" to the group that is their first letter.
func put(q *queuetest.Queue, bodies ...string) {
	for _, body := range bodies {
		q.Put(queuetest.Message{Body: body, Group: body[:1], Dedup: body})
	}
}

func most(n int32) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = n }
}

func fifo(t *testing.T, test func(t *testing.T, a account, q *queuetest.Queue)) {
	t.Helper()
	bubble(t, func(t *testing.T, a account) {
		test(t, a, a.Create("jobs.fifo", queuetest.Queue{FIFO: true, VisibilityTimeout: 30}))
	})
}

func TestGroupWaitsForItsHead(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		put(q, "a1", "b1", "a2", "b2", "a3", "c1")
		first := a.receive(t, q, most(3))
		equal(t, []string{"a1", "b1", "a2"}, bodies(first))
		equal(t, []string{"c1"}, bodies(a.receive(t, q))) // b2 and a3 wait
		noError(t, a.delete(t, q, first[0]))
		equal(t, 0, len(a.receive(t, q))) // a2 is still in flight
		noError(t, a.delete(t, q, first[2]))
		equal(t, []string{"a3"}, bodies(a.receive(t, q)))
	})
}

func TestOnlyTheVisibleHeadOfGroupIsGiven(t *testing.T) {
	for extended, want := range map[int][]string{0: {}, 1: {"a1"}, 2: {"a1", "a2"}} {
		fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
			put(q, "a1", "a2", "a3")
			got := a.receive(t, q)
			noError(t, a.hide(t, q, got[extended], 60))
			time.Sleep(30 * time.Second)
			equal(t, want, bodies(a.receive(t, q)))
		})
	}
}

func TestGroupKeepsOrderAcrossFailures(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		put(q, "a1", "a2", "a3", "b1")
		got := a.receive(t, q, most(2))
		noError(t, a.hide(t, q, got[0], 0))
		equal(t, []string{"a1", "b1"}, bodies(a.receive(t, q))) // a2 is in flight
		time.Sleep(30 * time.Second)
		equal(t, []string{"a1", "a2", "a3", "b1"}, bodies(a.receive(t, q)))
	})
}

func TestLongPollGetsGroupWhenItsHeadIsDeleted(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		put(q, "a1", "a2")
		head := a.receive(t, q, most(1))[0]
		deleted := make(chan error)
		go func() {
			time.Sleep(3 * time.Second)
			deleted <- a.delete(t, q, head)
		}()
		began := time.Now()
		equal(t, []string{"a2"}, bodies(a.receive(t, q, patient)))
		equal(t, 3*time.Second, time.Since(began))
		noError(t, <-deleted)
	})
}

func TestExpiredHandleIsRefusedOnFIFO(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		put(q, "a1")
		m := a.receive(t, q)[0]
		time.Sleep(30 * time.Second)
		requireCode(t, a.delete(t, q, m), "InvalidParameterValue")
		requireCode(t, a.hide(t, q, m, 5), "InvalidParameterValue")
		again := a.receive(t, q)[0]
		requireCode(t, a.delete(t, q, m), "InvalidParameterValue")
		noError(t, a.delete(t, q, again))
		noError(t, a.delete(t, q, again))
		requireDepth(t, q, 0, 0)
	})
}

func TestDuplicateIsSentOnceInFiveMinutes(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		send := func(body, dedup string) string {
			return q.Put(queuetest.Message{Body: body, Group: "a", Dedup: dedup})[0]
		}
		first := send("one", "1")
		equal(t, first, send("other", "1"))
		differ(t, first, send("two", "2"))
		noError(t, a.delete(t, q, a.receive(t, q, most(1))[0]))
		time.Sleep(5*time.Minute - time.Millisecond)
		equal(t, first, send("one", "1")) // although it is deleted
		time.Sleep(time.Millisecond)
		differ(t, first, send("one", "1"))
		equal(t, []string{"two", "one"}, bodies(a.receive(t, q)))
	})
}

func TestFIFOAttributes(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		put(q, "a1", "a2")
		got := a.receive(t, q)
		for i, m := range got {
			equal(t, "a", m.Attributes["MessageGroupId"])
			equal(t, bodies(got)[i], m.Attributes["MessageDeduplicationId"])
		}
	})
}

func TestFIFORedriveLetsGroupGoOn(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		dead := a.Create("dead.fifo", queuetest.Queue{FIFO: true})
		q := a.Create("jobs.fifo", queuetest.Queue{FIFO: true, VisibilityTimeout: 1, DeadLetter: dead, MaxReceiveCount: 1})
		put(q, "a1", "a2", "a3")
		a.receive(t, q, most(2))
		time.Sleep(time.Second)
		equal(t, []string{"a3"}, bodies(a.receive(t, q)))
		equal(t, []string{"a1", "a2"}, bodies(a.receive(t, dead)))
	})
}

func TestFIFORefusals(t *testing.T) {
	fifo(t, func(t *testing.T, a account, q *queuetest.Queue) {
		x := "x"
		for name, c := range map[string]struct {
			in   sqs.SendMessageInput
			code string
		}{
			"no group": {sqs.SendMessageInput{MessageDeduplicationId: &x}, "InvalidParameterValue"},
			"no dedup": {sqs.SendMessageInput{MessageGroupId: &x}, "InvalidParameterValue"},
		} {
			c.in.QueueUrl, c.in.MessageBody = &q.URL, &x
			_, err := a.SendMessage(t.Context(), &c.in)
			t.Log(name)
			requireCode(t, err, c.code)
		}
		standard := a.Create("jobs", queuetest.Queue{})
		_, err := a.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &standard.URL, MessageBody: &x, MessageDeduplicationId: &x,
		})
		requireCode(t, err, "InvalidParameterValue")
		_, err = a.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &standard.URL, MessageBody: &x, MessageGroupId: &x,
		})
		noError(t, err)
		equal(t, "x", a.receive(t, standard)[0].Attributes["MessageGroupId"])
	})
}
