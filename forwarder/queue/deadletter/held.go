package deadletter

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// held are the letters of one queue that are hidden from others now, and those that are gone.
type held struct {
	queues *Queues
	queue  *one

	mu       sync.Mutex
	receipts map[string]*string // by message id; nil for one that is gone
}

// add notes what was received and returns what was never seen before. SQS may bring a message again, also one that was
// deleted.
func (h *held) add(messages []types.Message) (fresh []Letter, gone []*string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range messages {
		id := aws.ToString(m.MessageId)
		receipt, known := h.receipts[id]
		switch {
		case known && receipt == nil:
			gone = append(gone, m.ReceiptHandle)
			continue
		case !known:
			fresh = append(fresh, newLetter(h.queue.name, m))
		}
		h.receipts[id] = m.ReceiptHandle
	}
	return fresh, gone
}

// receipt is the latest of a letter's receipts, which alone deletes it.
func (h *held) receipt(id string) *string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.receipts[id]
}

// drop notes that a letter is gone.
func (h *held) drop(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.receipts[id] = nil
}

func (h *held) all() (receipts []*string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.receipts {
		if r != nil {
			receipts = append(receipts, r)
		}
	}
	return receipts
}

// renew keeps the letters hidden until ctx ends.
func (h *held) renew(ctx context.Context) {
	tick := time.NewTicker(hold / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = h.hide(ctx, hold) // the next tick tries again, before they show
		}
	}
}

// hide sets how long from now on the letters are hidden, ten with each call, and returns the last error. An entry that
// fails alone is one that is not ours any more.
func (h *held) hide(ctx context.Context, timeout time.Duration) (last error) {
	for ten := range slices.Chunk(h.all(), queue.MaxBatch) {
		var entries []types.ChangeMessageVisibilityBatchRequestEntry
		for i, receipt := range ten {
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: receipt, VisibilityTimeout: int32(timeout / time.Second),
			})
		}
		one, cancel := context.WithTimeout(ctx, callTime)
		_, err := h.queues.client.ChangeMessageVisibilityBatch(one, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &h.queue.url, Entries: entries})
		cancel()
		if last = cmp.Or(err, last); ctx.Err() != nil {
			break
		}
	}
	return last
}
