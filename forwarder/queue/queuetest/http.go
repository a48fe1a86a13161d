package queuetest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/internal/reset"
)

// request has the members of all operations' requests. An operation on one message has those of an entry beside them.
//
// It is read with encoding/json because that is fast enough: BenchmarkServer measures a quarter of the CPU time that
// the forwarder takes for the same message, so the queue is not what a benchmark measures.
type request struct {
	QueueUrl  string //nolint:revive // the name on the wire, as below
	QueueName string

	MaxNumberOfMessages         *int
	WaitTimeSeconds             *int
	MessageAttributeNames       []string
	MessageSystemAttributeNames []string
	AttributeNames              []string // of a queue; the older name of the system attributes' names when receiving
	Attributes                  map[string]string

	entry
	Entries []entry
}

// entry is one message that is to be sent, deleted or changed.
type entry struct {
	ID                string `json:"Id"`
	ReceiptHandle     *string
	VisibilityTimeout *int

	MessageBody             string
	MessageAttributes       map[string]Attribute
	MessageSystemAttributes map[string]Attribute
	MessageDeduplicationId  *string //nolint:revive // the name on the wire
	MessageGroupId          *string //nolint:revive // the name on the wire
}

// call is one request on its way through the server.
type call struct {
	request
	ctx   context.Context // a call lives as long as its request
	now   time.Duration
	trace string // X-Amzn-Trace-Id
	fault Fault
}

// operation does what a call asks for, under the server's lock. The answer is encoded as JSON, unless it is that
// already; nil is an empty body. That of a receive may be a *waiter.
type operation func(*queue, *call) (answer any, err *Error)

var operations map[string]operation

func init() { // the table names functions that lead back to it
	operations = map[string]operation{
		"ReceiveMessage":               (*queue).receiveMessage,
		"DeleteMessage":                single((*queue).deleteEntry),
		"DeleteMessageBatch":           batch("DeleteMessageBatch", (*queue).deleteEntry),
		"ChangeMessageVisibility":      single((*queue).changeEntry),
		"ChangeMessageVisibilityBatch": batch("ChangeMessageVisibilityBatch", (*queue).changeEntry),
		"SendMessage":                  single((*queue).sendEntry),
		"SendMessageBatch":             batch("SendMessageBatch", (*queue).sendEntry),
		"PurgeQueue":                   (*queue).purgeQueue,
		"GetQueueUrl":                  (*queue).getQueueURL,
		"GetQueueAttributes":           (*queue).getQueueAttributes,
		"SetQueueAttributes":           (*queue).setQueueAttributes,
	}
}

// ServeHTTP handles one request of AWS's JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	if !s.enter(name) {
		reset.Connection(w, nil)
		return
	}
	defer s.running.Done()
	c := &call{ctx: r.Context(), trace: r.Header.Get("X-Amzn-Trace-Id")}
	do := operations[name]
	if do == nil || r.Method != http.MethodPost {
		c.write(w, nil, errUnknown)
		return
	}
	if err := c.read(r); err != nil {
		c.write(w, nil, err)
		return
	}
	if f := s.faults.Load(); f != nil {
		c.fault = (*f)(name)
	}
	s.handle(w, c, do)
}

// read decodes the request.
func (c *call) read(r *http.Request) *Error {
	var body bytes.Buffer
	body.Grow(int(max(0, r.ContentLength)) + bytes.MinRead)
	if _, err := body.ReadFrom(r.Body); err != nil {
		return errSyntax
	}
	if json.Unmarshal(body.Bytes(), &c.request) != nil {
		return errSyntax
	}
	return nil
}

// handle does what was asked for, and what the fault makes of it.
func (s *Server) handle(w http.ResponseWriter, c *call, do operation) {
	f := &c.fault
	if *f != (Fault{}) {
		s.mu.Lock()
		s.stats.Faults++
		s.mu.Unlock()
	}
	if !s.sleep(c.ctx, f.Before) || f.Reset {
		reset.Connection(w, nil)
		return
	}
	if f.Error != nil {
		c.write(w, nil, f.Error)
		return
	}
	answer, err := s.perform(c, do)
	if !s.sleep(c.ctx, f.After) || f.Lose {
		reset.Connection(w, nil)
		return
	}
	c.write(w, answer, err)
}

// perform finds the queue and runs the operation.
func (s *Server) perform(c *call, do operation) (answer any, err *Error) {
	s.mu.Lock()
	name := c.QueueName
	if name == "" {
		name = c.QueueUrl[strings.LastIndexByte(c.QueueUrl, '/')+1:]
	}
	q, found := s.queues[name]
	switch {
	case name == "":
		err = missing("QueueUrl")
	case !found:
		err = errNoQueue
	default:
		c.now = s.now()
		q.expire(c.now)
		answer, err = do(q, c)
		q.settle(c.now)
	}
	s.mu.Unlock()
	if w, waits := answer.(*waiter); waits {
		return w.wait(), nil
	}
	return answer, err
}

// sleep returns false if nobody waits for the answer any more, or the server is closed, which cuts what it has not
// answered.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return false
		case <-s.closed:
		}
	}
	select {
	case <-s.closed:
		return false
	default:
		return true
	}
}

// write sends the answer, or the error.
func (c *call) write(w http.ResponseWriter, answer any, err *Error) {
	status, h := http.StatusOK, w.Header()
	if err != nil {
		status, answer = err.Status, err.body()
		h.Set("X-Amzn-Query-Error", err.Code+";"+err.blames())
	}
	body, encoded := answer.([]byte)
	if answer != nil && !encoded {
		body = encode(answer)
	}
	h.Set("Content-Type", "application/x-amz-json-1.0")
	h.Set("X-Amzn-Requestid", uuid.NewString())
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if !c.fault.Truncate {
		_, _ = w.Write(body) // if the client has gone, its answer is lost: that is what SQS does
		return
	}
	_, _ = w.Write(body[:len(body)/2]) // cut off anyway
	_ = http.NewResponseController(w).Flush()
	reset.Connection(w, nil)
}

// encode writes JSON with no more escapes than needed, as AWS does.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("queuetest: an answer cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
