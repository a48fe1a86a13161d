package queuetest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func patient(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }

func TestLongPollWaitsItsTime(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		for _, seconds := range []int32{20, 1, 0} {
			began := time.Now()
			equal(t, 0, len(a.receive(t, q, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = seconds })))
			equal(t, time.Duration(seconds)*time.Second, time.Since(began))
		}
	})
}

func TestLongPollAnswersWhenMessagesAreSent(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		began := time.Now()
		go func() {
			time.Sleep(5 * time.Second)
			q.Send(numbered(12)...)
		}()
		equal(t, numbered(10), bodies(a.receive(t, q, patient)))
		equal(t, 5*time.Second, time.Since(began))
	})
}

func TestLongPollAnswersWhenMessageReturns(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 4})
		q.Send("one")
		a.receive(t, q)
		began := time.Now()
		equal(t, 1, len(a.receive(t, q, patient)))
		equal(t, 4*time.Second, time.Since(began))

		q.Send("two")
		m := a.receive(t, q)[0]
		hidden := make(chan error)
		go func() {
			time.Sleep(time.Second)
			hidden <- a.hide(t, q, m, 0)
		}()
		began = time.Now()
		equal(t, []string{"two"}, bodies(a.receive(t, q, patient)))
		equal(t, time.Second, time.Since(began))
		noError(t, <-hidden)
	})
}

func TestLongPollsShare(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		answered := make(chan []string, 5)
		for range 5 {
			go func() { answered <- bodies(a.receive(t, q, patient)) }()
		}
		synctest.Wait()
		equal(t, int64(5), a.Stats().Waiting)
		for _, body := range numbered(5) {
			q.Send(body)
			equal(t, []string{body}, <-answered)
		}
		equal(t, int64(0), a.Stats().Waiting)
	})
}

func TestClientThatLeftSwallowsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		_, err := a.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL, WaitTimeSeconds: 20})
		if err == nil {
			t.Fatal("a receive that was cut short succeeded")
		}
		synctest.Wait()
		q.Send("one")
		requireDepth(t, q, 1, 0)
		equal(t, 1, len(a.receive(t, q)))
	})
}

func TestWaitNamesWhatIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 60})
		q.Send("one", "two")
		m := a.receive(t, q, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })[0]
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		equal(t, "wait for queue jobs, which has 1 messages visible and 1 in flight: context deadline exceeded",
			q.Wait(ctx, queuetest.Drained).Error())

		deleted := make(chan error)
		go func() {
			time.Sleep(time.Second)
			deleted <- errors.Join(a.delete(t, q, m), a.delete(t, q, a.receive(t, q)[0]))
		}()
		began := time.Now()
		noError(t, q.Wait(t.Context(), queuetest.Drained))
		noError(t, <-deleted)
		equal(t, time.Second, time.Since(began))
	})
}
