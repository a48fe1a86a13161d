package deadletter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// world is a stack's queues in memory, in a bubble where time costs nothing.
type world struct {
	*testing.T
	server            *queuetest.Server
	main, dead, undel *queuetest.Queue
	wire              *wire
}

func inWorld(t *testing.T, fifo bool, do func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, server: queuetest.New()}
		suffix := map[bool]string{true: ".fifo"}[fifo]
		w.dead = w.server.Create("q-dead-letters"+suffix, queuetest.Queue{FIFO: fifo})
		w.main = w.server.Create("q"+suffix, queuetest.Queue{DeadLetter: w.dead, MaxReceiveCount: 3, FIFO: fifo})
		w.undel = w.server.Create("q-undelivered", queuetest.Queue{})
		w.wire = &wire{HTTPClient: w.server.Client()}
		do(w)
	})
}

func (w *world) open() *Queues {
	w.Helper()
	qs, err := Open(w.Context(), w.config(), w.main.URL, w.dead.URL, w.undel.URL)
	if err != nil {
		w.Fatal(err)
	}
	return qs
}

func (w *world) config() aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(w.server.URL), HTTPClient: w.wire,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
}

// wire is between the program and SQS, and can do something at a call.
type wire struct {
	aws.HTTPClient
	mu            sync.Mutex
	calls         int
	before, after func(call int) error
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.calls++
	call, before, after := w.calls, w.before, w.after
	w.mu.Unlock()
	if before != nil {
		if err := before(call); err != nil {
			return nil, err
		}
	}
	response, err := w.HTTPClient.Do(r)
	if after != nil && err == nil {
		if err := after(call); err != nil {
			_ = response.Body.Close()
			return nil, err
		}
	}
	return response, err
}

// at has do called at the nth call and at all after it, before or after SQS has handled it.
func (w *wire) at(n int, early bool, do func() error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = 0
	f := func(call int) error {
		if call >= n {
			return do()
		}
		return nil
	}
	w.before, w.after = nil, f
	if early {
		w.before, w.after = f, nil
	}
}

func (w *wire) reached(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before, w.after = nil, nil
	return w.calls >= n
}

var errKilled = errors.New("killed")

func body(i int) string {
	return fmt.Sprintf(
		`{"version":"0","id":"e-%d","detail-type":"T","source":"aws.ec2","account":"1",`+
			`"time":"2026-11-22T05:30:00Z","region":"r","resources":["r-%d"],"detail":{}}`,
		i,
		i,
	)
}

// fill puts n messages into the dead-letter queue as the forwarder does: every other one was refused with 422, the rest
// with 400.
func (w *world) fill(n int) {
	for i := range n {
		w.dead.Put(w.refused(i))
	}
}

func (w *world) refused(i int) queuetest.Message {
	status, reason := "400", "400 Bad Request"
	if i%2 == 1 {
		status, reason = "422", "422 Unprocessable Entity"
	}
	m := queuetest.Message{
		Body:  body(i),
		Trace: "Root=1-67-89",
		Attributes: attributes(
			"status",
			status,
			"reason",
			reason,
			"event-id",
			fmt.Sprint("e-", i),
			"event-type",
			"aws.ec2",
			"message-id",
			fmt.Sprint("m-", i),
		),
	}
	if w.dead.FIFO {
		m.Group, m.Dedup = "aws.ec2", fmt.Sprint("m-", i)
	}
	return m
}

func attributes(pairs ...string) map[string]queuetest.Attribute {
	out := map[string]queuetest.Attribute{}
	for pair := range slices.Chunk(pairs, 2) {
		out[pair[0]] = queuetest.Attribute{DataType: "String", StringValue: pair[1]}
	}
	return out
}

// ids are those of the events in queues, each as often as it is there.
func ids(queues ...*queuetest.Queue) (out []string) {
	for _, q := range queues {
		for _, m := range q.Messages() {
			_, rest, _ := strings.Cut(m.Body, `"id":"`)
			id, _, _ := strings.Cut(rest, `"`)
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// all are the ids of n events.
func all(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint("e-", i))
	}
	slices.Sort(out)
	return out
}

// nothingLeased fails when messages are hidden.
func (w *world) nothingLeased(when string) {
	w.Helper()
	for _, q := range []*queuetest.Queue{w.main, w.dead, w.undel} {
		if _, inFlight := q.Depth(); inFlight > 0 {
			w.Errorf("%s: %d messages of %s are still hidden", when, inFlight, q.Name)
		}
	}
}

func ignore(Result) {}

// redriven ends what is left over.
func (w *world) redriven(ctx context.Context) Result {
	w.Helper()
	result, err := w.open().Redrive(ctx, Filter{}, 1000, ignore)
	if err != nil {
		w.Error(err)
	}
	return result
}
