package queue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

const amzDate = "20060102T150405Z"

// guard is the part of AWS before SQS: it checks who asks, by the SDK's own signer, and when.
type guard struct {
	server *queuetest.Server

	mu      sync.Mutex
	ahead   time.Duration     // its clock
	secrets map[string]string // by access key
	expired string            // __type of the answer for other keys
	calls   map[string]int    // by operation
}

func newGuard(s *queuetest.Server) *guard {
	return &guard{
		server: s, secrets: map[string]string{"id": "secret"}, calls: map[string]int{},
		expired: "com.amazon.coral.service#UnrecognizedClientException",
	}
}

func (g *guard) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

// Do implements aws.HTTPClient.
func (g *guard) Do(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	now := time.Now().Add(g.ahead)
	g.calls[strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")]++
	refusal := g.refusal(r, now)
	g.mu.Unlock()
	if refusal != "" {
		return &http.Response{
			Status:     "403 Forbidden",
			StatusCode: http.StatusForbidden,
			Header:     http.Header{"Date": {now.UTC().Format(http.TimeFormat)}},
			Body:       io.NopCloser(strings.NewReader(refusal)), Request: r,
		}, nil
	}
	response, err := g.server.Client().Do(r)
	if err == nil {
		response.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	return response, err
}

// refusal is the answer to a request that AWS would not take.
func (g *guard) refusal(r *http.Request, now time.Time) string {
	signed, _ := time.Parse(amzDate, r.Header.Get("X-Amz-Date"))
	if off := now.Sub(signed); off.Abs() > 5*time.Minute {
		return fmt.Sprintf(
			`{"__type":"com.amazon.coral.service#InvalidSignatureException",`+
				`"message":"Signature expired: %s is now earlier than %s (%s - 5 min.)"}`,
			signed.Format(amzDate), now.Add(-5*time.Minute).Format(amzDate), now.Format(amzDate),
		)
	}
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, rest, _ := strings.Cut(rest, "/")
	secret, known := g.secrets[key]
	if !known {
		return fmt.Sprintf(`{"__type":%q,"message":"The security token included in the request is invalid."}`, g.expired)
	}
	_, rest, _ = strings.Cut(rest, "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	again := r.Clone(r.Context())
	again.Header = http.Header{}
	for name := range strings.SplitSeq(names, ";") {
		if value := r.Header.Get(name); value != "" {
			again.Header.Set(name, value)
		}
	}
	body, err := r.GetBody()
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(body)
	sum := sha256.Sum256(text)
	again.Body = io.NopCloser(bytes.NewReader(text))
	err = v4.NewSigner().SignHTTP(
		r.Context(),
		aws.Credentials{AccessKeyID: key, SecretAccessKey: secret},
		again,
		hex.EncodeToString(sum[:]),
		"sqs",
		"us-west-2",
		signed,
	)
	if err != nil || again.Header.Get("Authorization") != r.Header.Get("Authorization") {
		return `{"__type":"com.amazon.coral.service#SignatureDoesNotMatch",` +
			`"message":"The request signature we calculated does not match."}`
	}
	return ""
}

// everyCall makes each call that the forwarder makes, and fails unless all of them do what they are for.
func everyCall(t *testing.T, q *Queue, there *queuetest.Queue, when string) {
	t.Helper()
	there.Send("event")
	got, err := q.Receive(t.Context(), 1, 0)
	if err != nil || len(got) != 1 {
		t.Fatalf("%s: received %d, %v", when, len(got), err)
	}
	if errs := q.Extend(t.Context(), got, time.Minute); errs[0] != nil {
		t.Fatalf("%s: %v", when, errs[0])
	}
	if err := q.DeadLetter(t.Context(), &got[0], map[string]string{"status": "422"}); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if errs := q.Delete(t.Context(), got); errs[0] != nil {
		t.Fatalf("%s: %v", when, errs[0])
	}
}
