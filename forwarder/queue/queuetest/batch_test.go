package queuetest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func ids[E any](id func(E) *string, entries []E) string {
	var out []string
	for _, e := range entries {
		out = append(out, *id(e))
	}
	return strings.Join(out, " ")
}

func codes(entries []types.BatchResultErrorEntry) string {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprint(*e.Id, " ", *e.Code, " ", e.SenderFault))
	}
	return strings.Join(out, ", ")
}

func deletes(messages []types.Message) []types.DeleteMessageBatchRequestEntry {
	out := make([]types.DeleteMessageBatchRequestEntry, len(messages))
	for i, m := range messages {
		id := fmt.Sprint(i)
		out[i] = types.DeleteMessageBatchRequestEntry{Id: &id, ReceiptHandle: m.ReceiptHandle}
	}
	return out
}

func TestDeleteBatch(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send(numbered(10)...)
		entries := deletes(a.receive(t, q))
		garbage := "garbage"
		entries[3].ReceiptHandle, entries[7].ReceiptHandle = &garbage, &garbage
		out, err := a.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries})
		noError(t, err)
		equal(t, "0 1 2 4 5 6 8 9", ids(func(e types.DeleteMessageBatchResultEntry) *string { return e.Id }, out.Successful))
		equal(t, "3 ReceiptHandleIsInvalid true, 7 ReceiptHandleIsInvalid true", codes(out.Failed))
		requireDepth(t, q, 0, 2)

		out, err = a.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries[3:4]})
		noError(t, err)
		equal(t, 0, len(out.Successful))
		equal(t, 1, len(out.Failed))
	})
}

func TestChangeVisibilityBatch(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send(numbered(4)...)
		got := a.receive(t, q)
		noError(t, a.delete(t, q, got[3]))
		var entries []types.ChangeMessageVisibilityBatchRequestEntry
		for i, seconds := range []int32{0, 100, 43201, 5} {
			id := fmt.Sprint("id-", i)
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: &id, ReceiptHandle: got[i].ReceiptHandle, VisibilityTimeout: seconds,
			})
		}
		out, err := a.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &q.URL, Entries: entries,
		})
		noError(t, err)
		id := func(e types.ChangeMessageVisibilityBatchResultEntry) *string { return e.Id }
		equal(t, "id-0 id-1", ids(id, out.Successful))
		equal(t, "id-2 InvalidParameterValue true, id-3 InvalidParameterValue true", codes(out.Failed))
		requireDepth(t, q, 1, 2)
		time.Sleep(30 * time.Second)
		requireDepth(t, q, 2, 1)
		time.Sleep(70 * time.Second)
		requireDepth(t, q, 3, 0)
	})
}

func TestBatchRefusals(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		handle := "garbage"
		batch := func(ids ...string) error {
			entries := make([]types.DeleteMessageBatchRequestEntry, len(ids))
			for i := range ids {
				entries[i] = types.DeleteMessageBatchRequestEntry{Id: &ids[i], ReceiptHandle: &handle}
			}
			_, err := a.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries})
			return err
		}
		var (
			many     *types.TooManyEntriesInBatchRequest
			distinct *types.BatchEntryIdsNotDistinct
		)
		equal(t, true, errors.As(batch(), &many))
		equal(t, true, errors.As(batch(numbered(11)...), &many))
		equal(t, true, errors.As(batch("a", "b", "a"), &distinct))
	})
}
