package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

// against makes a fastClient for a server that answers as told.
func against(t *testing.T, handle http.HandlerFunc) *fastClient {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	client := sqs.NewFromConfig(aws.Config{
		Region:       "eu-central-1",
		BaseEndpoint: &server.URL,
		Credentials:  credentials.NewStaticCredentialsProvider("AKID", "hush", "session"),
	})
	keys := newChain(client.Options().Credentials, nil)
	w, err := newFastClient(t.Context(), &httpClient{server.Client()}, keys, client.Options())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRequestsAreSigned(t *testing.T) {
	var got *http.Request
	var body []byte
	w := against(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})
	if _, err := w.call(t.Context(), "ReceiveMessage", []byte(`{"a":1}`), 0); err != nil {
		t.Fatal(err)
	}
	authorization := got.Header.Get("Authorization")
	for _, want := range []string{
		"AWS4-HMAC-SHA256 Credential=AKID/", "/eu-central-1/sqs/aws4_request", "x-amz-target", "x-amz-security-token",
	} {
		if !strings.Contains(authorization, want) {
			t.Errorf("%s is not in %s", want, authorization)
		}
	}
	if got.Header.Get("X-Amz-Target") != "AmazonSQS.ReceiveMessage" ||
		got.Header.Get("Content-Type") != "application/x-amz-json-1.0" ||
		got.Header.Get("X-Amz-Security-Token") != "session" || string(body) != `{"a":1}` {
		t.Errorf("got %v %s", got.Header, body)
	}
}

func TestErrorsOfTheProtocol(t *testing.T) {
	for text, want := range map[string]string{
		`{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}`: "api error QueueDoesNotExist: gone",
		`{"__type":"OverLimit","Message":"too many"}`:                       "api error OverLimit: too many",
		`<html>`: "api error 400 Bad Request: ",
	} {
		w := against(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, text)
		})
		_, err := w.call(t.Context(), "ReceiveMessage", nil, 0)
		var api smithy.APIError
		if err == nil || err.Error() != want || !errors.As(err, &api) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestHalfAnAnswer(t *testing.T) {
	w := against(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"Messages":[`)
	})
	if _, err := w.call(t.Context(), "ReceiveMessage", nil, 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	for _, text := range []string{``, `{"Messages":[`, `null{`, `{"Messages":[{"Body":"\x"}]}`} {
		if got, err := readMessages([]byte(text), 10, time.Now()); !errors.Is(err, errAnswer) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`{}`, `{"Messages":null}`, `{"Messages":[]}`, `[]`} {
		if got, err := readMessages([]byte(text), 10, time.Now()); err != nil || len(got) != 0 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	w := against(t, func(http.ResponseWriter, *http.Request) { t.Error("a request without credentials") })
	w.credentials = newChain(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("expired")
	}), nil)
	_, err := w.call(t.Context(), "ReceiveMessage", nil, 0)
	if err == nil || err.Error() != "find AWS credentials: expired" {
		t.Error(err)
	}
}

// TestCredentialsThatCannotBeRenewed are loaded again, as after the keys with which a role is assumed were replaced.
func TestCredentialsThatCannotBeRenewed(t *testing.T) {
	w := against(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	w.credentials = newChain(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("InvalidClientTokenId")
	}), func(context.Context) (aws.CredentialsProvider, error) {
		return credentials.NewStaticCredentialsProvider("second", "2", ""), nil
	})
	if _, err := w.call(t.Context(), "ReceiveMessage", nil, 0); err != nil {
		t.Error(err)
	}
}

// TestAnAnswerThatIsNotSQS is one that a proxy gives for it: nothing counts as done.
func TestAnAnswerThatIsNotSQS(t *testing.T) {
	w := against(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Welcome</html>") })
	q := &Queue{DeadLetterURL: "http://dead", DeadLetterMaxSize: 1000, fast: w}
	m := Message{ID: "m", Body: []byte("event")}
	if err := q.DeadLetter(t.Context(), &m, nil); !errors.Is(err, errAnswer) {
		t.Errorf("dead letter: %v", err)
	}
	if _, err := q.Receive(t.Context(), 1, 0); !errors.Is(err, errAnswer) {
		t.Errorf("receive: %v", err)
	}
	if err := q.Delete(t.Context(), []Message{m})[0]; err == nil {
		t.Error("the message counts as deleted")
	}
	if err := q.Extend(t.Context(), []Message{m}, time.Minute)[0]; err == nil {
		t.Error("the message counts as renewed")
	}
}

// TestADetachedMessageKeepsNothingElse has one message of each answer held, and all others settled.
func TestADetachedMessageKeepsNothingElse(t *testing.T) {
	const size = 100_000
	one := `{"Body":"` + strings.Repeat("x", size) + `","MessageAttributes":{"a":{"StringValue":"b"}}}`
	answer := []byte(`{"Messages":[` + strings.Repeat(one+",", 9) + one + `]}`)
	held := make([]Message, 100)
	for i := range held {
		got, err := readMessages(bytes.Clone(answer), 10, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		held[i] = got[0]
		held[i].Detach()
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 3*uint64(len(held))*size {
		t.Errorf("%d MiB are in use for %d MiB of bodies", memory.HeapAlloc>>20, len(held)*size>>20)
	}
	runtime.KeepAlive(held)
}

func BenchmarkReadMessages(b *testing.B) {
	one := `{"MessageId":"8e9d3b52-1f2c-4b52-9f5b-1c2d3e4f5a6b","ReceiptHandle":"` + strings.Repeat("AQEB", 50) +
		`","Body":"` +
		strings.Repeat(`{\"name\":\"some value\"},`, 30) +
		`","Attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1700000000000"}}`
	answer := []byte(`{"Messages":[` + strings.Repeat(one+",", 9) + one + `]}`)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := readMessages(bytes.Clone(answer), 10, time.Time{}); err != nil || len(got) != 10 {
			b.Fatal(got, err)
		}
	}
}

// answering is a client that has every call answered with the same, without a network.
type answering string

// Do implements aws.HTTPClient.
func (a answering) Do(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(a))), ContentLength: int64(len(a)),
	}, nil
}

// BenchmarkDelete settles ten messages.
func BenchmarkDelete(b *testing.B) {
	var answer strings.Builder
	messages := make([]Message, MaxBatch)
	for i := range messages {
		messages[i].Receipt = strings.Repeat("AQEB", 50)
		_, _ = fmt.Fprintf(&answer, `%c{"Id":"%d"}`, "[,"[min(i, 1)], i)
	}
	q := &Queue{URL: "https://sqs.us-west-2.amazonaws.com/111122223333/dispatch", fast: &fastClient{
		client:      &httpClient{answering(`{"Successful":` + answer.String() + `]}`)},
		url:         "https://sqs.us-west-2.amazonaws.com/",
		credentials: newChain(credentials.NewStaticCredentialsProvider("id", "secret", ""), nil), region: "us-west-2",
	}}
	b.ReportAllocs()
	for b.Loop() {
		if err := errors.Join(q.Delete(b.Context(), messages)...); err != nil {
			b.Fatal(err)
		}
	}
}
