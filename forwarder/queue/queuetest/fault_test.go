package queuetest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestFaults(t *testing.T) {
	for code, fault := range map[string]*queuetest.Error{
		"RequestThrottled": queuetest.RequestThrottled, "ThrottlingException": queuetest.ThrottlingException,
		"ServiceUnavailable": queuetest.ServiceUnavailable, "InternalError": queuetest.InternalError,
	} {
		t.Run(code, func(t *testing.T) {
			bubble(t, func(t *testing.T, a account) {
				q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 30})
				q.Send(numbered(3)...)
				a.SetFaults(func(string, int) *queuetest.Error { return fault })
				_, err := a.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10})
				requireCode(t, err, code)
				var resp *awshttp.ResponseError
				equal(t, true, errors.As(err, &resp))
				equal(t, fault.Status, resp.HTTPStatusCode())
				requireDepth(t, q, 3, 0)

				a.SetFaults(nil)
				equal(t, 3, len(a.receive(t, q)))
				equal(t, int64(2), a.Stats().Requests["ReceiveMessage"])
			})
		})
	}
}

func TestEntriesFailAlone(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send(numbered(3)...)
		entries := deletes(a.receive(t, q))
		for want, fault := range map[string]*queuetest.Error{
			"0 InternalError false, 2 InternalError false":     queuetest.InternalError,
			"0 RequestThrottled true, 2 RequestThrottled true": queuetest.RequestThrottled,
		} {
			a.SetFaults(func(op string, entry int) *queuetest.Error {
				if op == "DeleteMessageBatch" && (entry == 0 || entry == 2) {
					return fault
				}
				return nil
			})
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

// TestClientThatIsGoneMeanwhile has a client end while its request is handled. Whoever stands between it and the server
// must learn what was done.
func TestClientThatIsGoneMeanwhile(t *testing.T) {
	s := queuetest.Start(t)
	q := s.Create("jobs", queuetest.Queue{})
	q.Send("one")
	ctx, cancel := context.WithCancel(t.Context())
	s.SetFaults(func(string, int) *queuetest.Error {
		cancel()
		return nil
	})
	body := strings.NewReader(`{"QueueUrl":"` + q.URL + `"}`)
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, q.URL, body)
	request.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	equal(t, http.StatusOK, answer.Code)
	equal(t, true, strings.Contains(answer.Body.String(), `"Body":"one"`))
}
