package inventory

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// world is an AWS that gives the answers that a test has set.
type world struct {
	t     *testing.T
	mu    sync.Mutex
	calls []string          // what AWS was asked
	pages func() string     // the next page of a bucket's versions
	has   map[string]string // what it answers, by operation and by "METHOD /path?query" for S3; else it knows nothing
}

// nothingThere has AWS's answers about resources that do not exist.
var nothingThere = map[string]string{
	"GetQueueUrl":  `400 {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}`,
	"DescribeRule": `400 {"__type":"ResourceNotFoundException","message":"no"}`,
	"sns.GetTopicAttributes": `404 <ErrorResponse><Error><Code>NotFound</Code><Message>no</Message></Error>` +
		`</ErrorResponse>`,
	"ListRules":          `200 {"Rules":[]}`,
	"GetQueueAttributes": `200 {"Attributes":{}}`,
	"DescribeTrails":     `200 {"trailList":[]}`,
	"ListKeys":           `200 {"Keys":[]}`,
	"DescribeAlarms":     `200 {"MetricAlarms":[]}`,
	"DescribeKey":        `400 {"__type":"NotFoundException","message":"no"}`,
	"GetCallerIdentity": `200 <GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>` +
		`<Arn>arn:aws:iam::123456789012:root</Arn>` +
		`</GetCallerIdentityResult></GetCallerIdentityResponse>`,
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, has: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"HOME": t.TempDir(), "AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	return w
}

func (w *world) client() *Client {
	w.t.Helper()
	c, err := Open(w.t.Context(), "us-west-2")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) answer(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation := r.Method + " " + r.URL.Path
	if _, target, found := strings.Cut(r.Header.Get("X-Amz-Target"), "."); found {
		operation = target[strings.LastIndex(target, ".")+1:]
	} else if _, action, found := strings.Cut(string(body), "Action="); found {
		operation, _, _ = strings.Cut(action, "&")
		if strings.Contains(r.Header.Get("Authorization"), "/sns/") {
			operation = "sns." + operation // whose names of operations are others', too
		}
	}
	w.mu.Lock()
	w.calls = append(w.calls, operation+" "+string(body))
	said, ok := w.has[operation]
	if w.pages != nil && operation == "GET /pics" {
		said, ok = w.pages(), true
	}
	w.mu.Unlock()
	if !ok {
		said, ok = nothingThere[operation]
	}
	if !ok {
		said = `404 <Error><Code>NoSuchBucket</Code></Error>`
	}
	var status int
	_, _ = fmt.Sscan(said, &status)
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, said[min(4, len(said)):])
}
