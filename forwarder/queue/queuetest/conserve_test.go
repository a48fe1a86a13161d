package queuetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// TestNothingIsLost lets clients receive, keep, hide and delete at random through all faults, over TCP, and then
// counts: every message was deleted, or is on the queue, or is in the dead-letter queue, and is so once.
func TestNothingIsLost(t *testing.T) {
	const messages, clients = 600, 8
	for name, fifo := range map[string]bool{"jobs": false, "jobs.fifo": true} {
		t.Run(name, func(t *testing.T) {
			a := open(queuetest.Start(t), http.DefaultClient)
			a.Second = 5 * time.Millisecond
			var faults atomic.Int64
			a.SetFaults(func(_ string, entry int) *queuetest.Error {
				err := fault(entry)
				if err != nil {
					faults.Add(1)
				}
				return err
			})
			dead := a.Create("dead-"+name, queuetest.Queue{FIFO: fifo})
			q := a.Create(name, queuetest.Queue{FIFO: fifo, VisibilityTimeout: 4, DeadLetter: dead, MaxReceiveCount: 4})
			seen := map[string]bool{}
			for i := range messages {
				m := queuetest.Message{Body: fmt.Sprint(i)}
				if fifo {
					m.Group, m.Dedup = fmt.Sprint(i%50), m.Body
				}
				seen[q.Put(m)[0]] = false
			}
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for i := range clients {
				wg.Go(func() { a.consume(ctx, q, rand.New(rand.NewPCG(uint64(i), 1))) })
			}
			err := q.Wait(t.Context(), func(visible, inFlight int) bool { return visible+inFlight < messages/10 })
			stop()
			wg.Wait()
			noError(t, err)

			left := append(q.Messages(), dead.Messages()...)
			for _, m := range left {
				was, ok := seen[m.ID]
				equal(t, true, ok && !was)
				seen[m.ID] = true
			}
			st := a.Stats()
			equal(t, messages, len(left)+int(st.Deleted))
			if redriven := len(dead.Messages()); st.Deleted == 0 || redriven == 0 || faults.Load() == 0 {
				t.Fatalf("something never happened: %+v, %d redriven, %d faults", st, redriven, faults.Load())
			}
		})
	}
}

// fault is none for most requests and most entries.
func fault(entry int) *queuetest.Error {
	switch n := rand.IntN(100); {
	case entry < 0 && n < 5:
		return queuetest.RequestThrottled
	case entry < 0 && n < 7, entry >= 0 && n < 10:
		return queuetest.InternalError
	}
	return nil
}

// consume ends with its context; errors are what the test is about.
func (a account) consume(ctx context.Context, q *queuetest.Queue, r *rand.Rand) {
	for ctx.Err() == nil {
		out, err := a.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &q.URL, MaxNumberOfMessages: int32(1 + r.IntN(10)), WaitTimeSeconds: int32(r.IntN(3)),
		})
		if err != nil {
			continue
		}
		var done []types.Message
		for _, m := range out.Messages {
			switch r.IntN(3) {
			case 0:
				_, _ = a.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
					QueueUrl: &q.URL, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: int32(r.IntN(3)),
				})
			case 1:
				done = append(done, m)
			}
		}
		if len(done) > 0 {
			_, _ = a.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: deletes(done)})
		}
	}
}
