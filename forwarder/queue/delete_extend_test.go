package queue

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// TestEntriesAreJudgedByTheirCode has one entry fail with each code, in all of its spellings, by the fault of either
// side.
func TestEntriesAreJudgedByTheirCode(t *testing.T) {
	lost := []string{
		"ReceiptHandleIsInvalid",
		"AWS.SimpleQueueService.ReceiptHandleIsInvalid",
		"InvalidParameterValue",
		"InvalidParameterValueException",
		"AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight",
	}
	again := []string{
		"RequestThrottled",
		"ThrottlingException",
		"Throttling",
		"InternalError",
		"InternalFailure",
		"ServiceUnavailable",
		"OverLimit",
		"KmsThrottled", "AWS.SimpleQueueService.RequestThrottled", "SomethingNew", "",
	}
	for operation, call := range map[string]func(*Queue, []Message) []error{
		"delete": func(q *Queue, m []Message) []error { return q.Delete(context.Background(), m) },
		"extend": func(q *Queue, m []Message) []error { return q.Extend(context.Background(), m, time.Minute) },
	} {
		for _, code := range append(lost, again...) {
			// whose fault the answer says it is
			for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
				t.Run(operation+" "+code+" "+http.StatusText(status), func(t *testing.T) {
					s := queuetest.Start(t)
					there := s.Create("q", queuetest.Queue{})
					q := open(t, s, Options{URL: there.URL})
					there.Send("event")
					got, err := q.Receive(t.Context(), 1, 0)
					if err != nil {
						t.Fatal(err)
					}
					text := "Value " + got[0].Receipt + " for parameter ReceiptHandle is invalid. Reason: some."
					failing := 0
					s.SetFaults(func(_ string, entry int) *queuetest.Error {
						if entry != failing {
							return nil
						}
						return &queuetest.Error{Status: status, Code: code, Message: text}
					})
					err = call(q, got)[0]
					if isLost := strings.Contains(strings.Join(lost, " "), code) && code != ""; err == nil ||
						errors.Is(err, ErrLeaseLost) != isLost {
						t.Errorf("got %v", err)
					}
					if strings.Contains(err.Error(), got[0].Receipt[:20]) {
						t.Errorf("there is a receipt handle in %q", err)
					}
					failing = -1 // the whole request
					if err = call(q, got)[0]; err == nil || strings.Contains(err.Error(), got[0].Receipt[:20]) {
						t.Errorf("there is a receipt handle in %q", err)
					}
				})
			}
		}
	}
}

func TestCause(t *testing.T) {
	for text, same := range map[[2]string]bool{
		{
			"read tcp 10.0.0.1:4711->10.0.0.2:443: connection reset by peer",
			"read tcp 10.0.0.1:815->10.0.0.3:443: connection reset by peer",
		}: true,
		{"find AWS credentials: file is gone", "read answer: unexpected EOF"}: false,
	} {
		if (Cause(errors.New(text[0])) == Cause(errors.New(text[1]))) != same {
			t.Errorf("%q", text)
		}
	}
	if Cause(nil) != "" || Cause(nil) == Cause(errors.New("some")) {
		t.Error("no error is none")
	}
}

// TestCauseOfRefusals has SQS write the time, a request id and a code of two spellings.
func TestCauseOfRefusals(t *testing.T) {
	var causes []string
	for _, text := range []string{
		`{"__type":"com.amazon.coral.service#InvalidSignatureException",` +
			`"message":"Signature expired: 20261129T100000Z is now earlier than 20261129T101000Z"}`,
		`{"__type":"InvalidSignature","message":"Signature expired: 20261129T100500Z is now earlier than 20261129T101500Z"}`,
	} {
		w := against(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(text))
		})
		_, err := w.call(t.Context(), "ReceiveMessage", nil, 0)
		causes = append(causes, Cause(err))
	}
	if causes[0] != causes[1] || causes[0] != "InvalidSignature" {
		t.Errorf("got %q", causes)
	}
}
