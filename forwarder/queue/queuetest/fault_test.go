package queuetest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// always makes every request of some operations, or of all where none is named, meet the same fault.
func always(f queuetest.Fault, operations ...string) queuetest.Faults {
	return func(op string) queuetest.Fault {
		if len(operations) == 0 || slices.Contains(operations, op) {
			return f
		}
		return queuetest.Fault{}
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault    queuetest.Fault
		received int // messages in flight although the client has none
		status   int // 0: no answer
		code     string
	}{
		"throttled 403": {queuetest.Fault{Error: queuetest.RequestThrottled}, 0, 403, "RequestThrottled"},
		"throttled 400": {queuetest.Fault{Error: queuetest.ThrottlingException}, 0, 400, "ThrottlingException"},
		"unavailable":   {queuetest.Fault{Error: queuetest.ServiceUnavailable}, 0, 503, "ServiceUnavailable"},
		"failed":        {queuetest.Fault{Error: queuetest.InternalError}, 0, 500, "InternalError"},
		"reset":         {queuetest.Fault{Reset: true}, 0, 0, ""},
		"lost":          {queuetest.Fault{Lose: true}, 3, 0, ""},
		"cut in half":   {queuetest.Fault{Truncate: true}, 3, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, a account) {
				q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 30})
				q.Send(numbered(3)...)
				a.SetFaults(always(c.fault))
				_, err := a.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10})
				if err == nil {
					t.Fatal("the receive succeeded")
				}
				if c.code != "" {
					requireCode(t, err, c.code)
				}
				var resp *awshttp.ResponseError
				equal(t, true, errors.As(err, &resp))
				equal(t, c.status, resp.HTTPStatusCode())
				requireDepth(t, q, 3-c.received, c.received)

				a.SetFaults(nil)
				time.Sleep(30 * time.Second)
				equal(t, 3, len(a.receive(t, q)))
				equal(t, int64(2), a.Stats().Requests["ReceiveMessage"])
			})
		})
	}
}

func TestResetIsOne(t *testing.T) {
	a := open(queuetest.Start(t))
	a.SetFaults(always(queuetest.Fault{Reset: true}))
	q := a.Create("jobs", queuetest.Queue{})
	_, err := a.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.URL})
	equal(t, true, errors.Is(err, syscall.ECONNRESET))
}

func TestEntriesFailAlone(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send(numbered(3)...)
		entries := deletes(a.receive(t, q))
		for want, f := range map[string]queuetest.Fault{
			"0 InternalError false, 2 InternalError false":     {Entries: 0b101},
			"0 RequestThrottled true, 2 RequestThrottled true": {Entries: 0b101, EntryError: queuetest.RequestThrottled},
		} {
			a.SetFaults(always(f, "DeleteMessageBatch"))
			out, err := a.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries})
			noError(t, err)
			equal(t, want, codes(out.Failed))
			requireDepth(t, q, 0, 2)
		}
		a.SetFaults(nil)
		out, err := a.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries})
		noError(t, err)
		equal(t, 0, len(out.Failed))
		requireDepth(t, q, 0, 0)
	})
}

func TestSlowAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send("one")
		a.SetFaults(always(queuetest.Fault{Before: time.Second, After: time.Second}, "ReceiveMessage"))
		got := make(chan []types.Message)
		began := time.Now()
		go func() { got <- a.receive(t, q) }()
		synctest.Wait()
		requireDepth(t, q, 1, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		requireDepth(t, q, 0, 1)
		equal(t, 1, len(<-got))
		equal(t, 2*time.Second, time.Since(began))
	})
}

func TestClientThatGivesUp(t *testing.T) {
	for want, f := range map[int]queuetest.Fault{0: {Before: time.Minute}, 1: {After: time.Minute}} {
		bubble(t, func(t *testing.T, a account) {
			q := a.Create("jobs", queuetest.Queue{})
			q.Send("one")
			a.SetFaults(always(f))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := a.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL})
			equal(t, true, errors.Is(err, context.DeadlineExceeded))
			time.Sleep(time.Second)
			requireDepth(t, q, 1-want, want)
		})
	}
}

// TestClientThatIsGoneMeanwhile has a client end while its request is handled. Whoever stands between it and the server
// must learn what was done.
func TestClientThatIsGoneMeanwhile(t *testing.T) {
	s := queuetest.Start(t)
	q := s.Create("jobs", queuetest.Queue{})
	q.Send("one")
	ctx, cancel := context.WithCancel(t.Context())
	s.SetFaults(func(string) queuetest.Fault {
		cancel()
		return queuetest.Fault{}
	})
	body := strings.NewReader(`{"QueueUrl":"` + q.URL + `"}`)
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, q.URL, body)
	request.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	equal(t, http.StatusOK, answer.Code)
	equal(t, true, strings.Contains(answer.Body.String(), `"Body":"one"`))
}
