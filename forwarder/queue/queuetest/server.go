// Package queuetest is an in-memory Amazon SQS that is reached over real HTTP, with AWS's JSON protocol: a test kit for
// programs that receive from queues, for their chaos tests and for their benchmarks. It has no canned answers but
// behaves as SQS: visibility timeouts, receive counts, a new receipt handle at each receive, redrive, long polls that
// wait, FIFO message groups, batches in which some of the entries fail, and AWS's errors with their codes and statuses.
//
// # Choices
//
// If AWS does not specify its answer, this server behaves as follows:
//   - Messages come in the order in which they were sent, including those that were received before. (A FIFO queue of
//     AWS prefers to fill an answer with messages of one group.)
//   - On a standard queue a handle whose timeout has passed still deletes, and still changes visibility, until the
//     message is received again. From then on a delete with the old handle succeeds but deletes nothing, and a change
//     of visibility is refused; with StaleHandleWorks both take effect, since AWS promises neither. On a FIFO queue a
//     handle whose timeout has passed is refused.
//   - A message that was received MaxReceiveCount times moves to the dead-letter queue when it would be received once
//     more. It keeps its id, its sent time and its receive count.
//   - A short poll sees the whole queue.
//
// Not modelled: SendMessageBatch, queues that are created, listed, changed, purged or deleted over HTTP, delays, a
// queue's own wait time, retention, policies, signatures, encryption, tags, forbidden characters, content-based
// deduplication, sequence numbers, the limit of messages in flight, ReceiveRequestAttemptId, message move tasks and the
// query protocol.
package queuetest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// Server is an in-memory SQS. It is an http.Handler; Start also runs an HTTP server around it.
type Server struct {
	URL string // http://host:port, without a slash at the end; if you serve what New returned, set URL before Create

	// Second is how long one second lasts in visibility timeouts, in waits and in the five minutes of deduplication.
	// Set it before Create. New and Start set it to one second. Timestamps are real in any case.
	Second time.Duration

	mu      sync.Mutex // guards the fields below and all queues: a message moves to its dead-letter queue in one step
	changed *sync.Cond // after any change of a queue; has mu
	queues  map[string]*Queue
	faults  Faults
	stats   Stats
}

// Stats are counts since the server was created.
type Stats struct {
	Requests map[string]int64 // by operation, including those that were refused or hit by a fault
	Received int64            // messages
	Deleted  int64            // messages
	Waiting  int64            // long polls that wait now
}

// Faults decides what goes wrong: a request with this operation ("ReceiveMessage") fails with the returned error if it
// is not nil. For a batch it is called with the entry -1, as for any other request, and then for each entry, from 0.
// What fails has no effect. The server is locked meanwhile.
type Faults func(op string, entry int) *Error

// Error is an answer of SQS that refuses a request.
type Error struct {
	Status  int    // HTTP status
	Code    string // the end of the body's __type; SQS has another name for some of them in its query protocol
	Message string
}

// Errors that Faults can return. AWS uses all of them when it is overloaded or has a fault.
var (
	RequestThrottled    = &Error{403, "RequestThrottled", "Request is throttled."}
	ThrottlingException = &Error{400, "ThrottlingException", "Rate exceeded"}
	ServiceUnavailable  = &Error{503, "ServiceUnavailable", "Service is currently unavailable, please retry."}
	InternalError       = &Error{500, "InternalError", "We encountered an internal error. Please try again."}
)

func invalid(format string, args ...any) *Error {
	return &Error{400, "InvalidParameterValue", fmt.Sprintf(format, args...)}
}

// New returns a server without queues that does not listen: use Client to reach it, or serve it as an http.Handler and
// set URL.
func New() *Server {
	s := &Server{
		URL: "http://queuetest.invalid", Second: time.Second,
		queues: map[string]*Queue{}, stats: Stats{Requests: map[string]int64{}},
	}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// Start returns a server that listens on a loopback port until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := New()
	server := httptest.NewServer(s)
	s.URL = server.URL
	tb.Cleanup(func() {
		server.CloseClientConnections() // cuts off long polls
		server.Close()
	})
	return s
}

// Client returns an HTTP client that reaches the server without a network. It handles each request in the goroutine
// that makes it, so server, client and the program under test can all run in one testing/synctest bubble.
func (s *Server) Client() *http.Client { return &http.Client{Transport: inMemory{s}} }

type inMemory struct{ *Server }

// RoundTrip implements http.RoundTripper.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // it has been read
	}
	answer := httptest.NewRecorder()
	m.ServeHTTP(answer, r)
	if err := r.Context().Err(); err != nil {
		return nil, err // the caller no longer waits for the answer, even if the request was carried out
	}
	return answer.Result(), nil
}

// SetFaults replaces the server's faults from the next request on; nil removes them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

func (s *Server) fault(op string, entry int) *Error {
	if s.faults == nil {
		return nil
	}
	return s.faults(op, entry)
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Requests = maps.Clone(out.Requests)
	return out
}

func (s *Server) seconds(n int) time.Duration { return time.Duration(n) * s.Second }

// request has the members of the requests of all operations. Requests that concern one message have the members of an
// entry as well.
type request struct {
	QueueUrl  string //nolint:revive // the name on the wire, as below
	QueueName string

	MaxNumberOfMessages         int
	WaitTimeSeconds             int
	MessageAttributeNames       []string
	MessageSystemAttributeNames []string
	AttributeNames              []string // of a queue

	entry
	Entries []entry

	op  string
	ctx context.Context // a request lives as long as its HTTP request
}

// entry is one message that is to be sent, deleted or changed.
type entry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int

	Message                 Message `json:",inline"`
	MessageSystemAttributes map[string]Attribute
}

// operation carries out a request while the server is locked. The answer is encoded as JSON; nil is an empty body.
type operation func(*Queue, *request) (answer any, err *Error)

var operations = map[string]operation{
	"ReceiveMessage":               (*Queue).receiveMessage,
	"DeleteMessage":                single((*Queue).deleteEntry),
	"DeleteMessageBatch":           batch((*Queue).deleteEntry),
	"ChangeMessageVisibility":      single((*Queue).changeEntry),
	"ChangeMessageVisibilityBatch": batch((*Queue).changeEntry),
	"SendMessage":                  (*Queue).sendMessage,
	"GetQueueUrl":                  (*Queue).getQueueURL,
	"GetQueueAttributes":           (*Queue).getQueueAttributes,
}

// ServeHTTP handles one request of AWS's JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	answer, err := s.handle(r)
	if err != nil {
		status = err.Status
		answer = map[string]string{"__type": "com.amazonaws.sqs#" + err.Code, "message": err.Message}
	}
	var body []byte
	if answer != nil {
		var bad error
		if body, bad = json.Marshal(answer, json.Deterministic(true)); bad != nil {
			panic("queuetest: an answer cannot be encoded: " + bad.Error())
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", uuid.NewString())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON; if the client has closed the connection, the answer is lost, as with SQS
}

// handle finds the queue and runs the operation, unless a fault changes what happens.
func (s *Server) handle(r *http.Request) (answer any, err *Error) {
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	do := operations[name]
	if do == nil {
		return nil, &Error{400, "UnknownOperationException", "This server does not support the requested operation."}
	}
	in := &request{op: name, ctx: r.Context(), MaxNumberOfMessages: 1}
	if json.UnmarshalRead(r.Body, in) != nil {
		return nil, &Error{400, "SerializationException", "The request is not valid JSON for this operation."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	s.stats.Requests[name]++
	if err := s.fault(name, -1); err != nil {
		return nil, err
	}
	q := s.queues[path.Base(cmp.Or(in.QueueName, in.QueueUrl))]
	if q == nil {
		return nil, &Error{400, "QueueDoesNotExist", "The specified queue does not exist."}
	}
	q.expire()
	return do(q, in)
}

func single(do func(*Queue, *entry) *Error) operation {
	return func(q *Queue, r *request) (any, *Error) { return nil, do(q, &r.entry) }
}

// result is what an operation did with one message of a batch.
type result struct {
	ID          string `json:"Id"`
	SenderFault bool   `json:",omitzero"`
	Code        string `json:",omitempty"`
	Message     string `json:",omitempty"`
}

func batch(do func(*Queue, *entry) *Error) operation {
	return func(q *Queue, r *request) (any, *Error) {
		out := map[string][]result{}
		if len(r.Entries) == 0 || len(r.Entries) > 10 {
			return nil, &Error{400, "TooManyEntriesInBatchRequest", "A batch must have 1 to 10 entries."}
		}
		seen := map[string]bool{}
		for i := range r.Entries {
			e := &r.Entries[i]
			if seen[e.ID] {
				return nil, &Error{400, "BatchEntryIdsNotDistinct", "Id " + e.ID + " repeated."}
			}
			seen[e.ID] = true
			err := q.s.fault(r.op, i)
			if err == nil {
				err = do(q, e)
			}
			if err == nil {
				out["Successful"] = append(out["Successful"], result{ID: e.ID})
			} else {
				out["Failed"] = append(out["Failed"], result{e.ID, err.Status < 500, err.Code, err.Message})
			}
		}
		return out, nil
	}
}
