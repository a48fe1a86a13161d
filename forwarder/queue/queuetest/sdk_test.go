package queuetest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// inMemoryBody hands net/http a body that the SDK cannot close under it: with the SDK's own, a fast answer races with
// the request's body, and the connection is dropped under the answer.
type inMemoryBody struct{ client *http.Client }

func (h inMemoryBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	return h.client.Do(r)
}

type (
	client = sqs.Client
	server = queuetest.Server
)

// account is an SDK client that tries once, and the server it talks to.
type account struct {
	*client
	*server
}

func open(s *queuetest.Server, reached *http.Client) account {
	return account{sqs.New(sqs.Options{
		BaseEndpoint: aws.String(s.URL),
		Region:       "us-east-1",
		HTTPClient:   inMemoryBody{reached},
		Retryer:      aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}), s}
}

// bubble runs a test with a server in memory, on a clock that does not let anybody wait.
func bubble(t *testing.T, test func(*testing.T, account)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := queuetest.New()
		test(t, open(s, s.Client()))
	})
}

// receive makes one receive of up to ten; more than the URL may be set by edit.
func (a account) receive(t *testing.T, q *queuetest.Queue, edit ...func(*sqs.ReceiveMessageInput)) []types.Message {
	t.Helper()
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &q.URL, MaxNumberOfMessages: 10,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"},
	}
	for _, e := range edit {
		e(in)
	}
	out, err := a.ReceiveMessage(t.Context(), in)
	noError(t, err)
	return out.Messages
}

func (a account) delete(t *testing.T, q *queuetest.Queue, m types.Message) error {
	t.Helper()
	_, err := a.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &q.URL, ReceiptHandle: m.ReceiptHandle})
	return err
}

func (a account) hide(t *testing.T, q *queuetest.Queue, m types.Message, seconds int32) error {
	t.Helper()
	_, err := a.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &q.URL, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds,
	})
	return err
}

func bodies(messages []types.Message) []string {
	out := make([]string, len(messages))
	for i, m := range messages {
		out[i] = *m.Body
	}
	return out
}

func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

// requireCode checks the code of AWS's query protocol, which is what SDKs report.
func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want an API error with code %s", err, code)
	}
	equal(t, code, api.ErrorCode())
}

func requireDepth(t *testing.T, q *queuetest.Queue, visible, inFlight int) {
	t.Helper()
	v, f := q.Depth()
	equal(t, [2]int{visible, inFlight}, [2]int{v, f})
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("not what was wanted (-want +got):\n%s", diff)
	}
}

func differ[T comparable](t *testing.T, a, b T) {
	t.Helper()
	if a == b {
		t.Fatalf("both are %v", a)
	}
}
