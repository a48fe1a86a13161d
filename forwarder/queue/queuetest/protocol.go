package queuetest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/internal/reset"
)

// request has the members of the requests of all operations. Requests that concern one message have the members of an
// entry as well.
//
// It is read with encoding/json because that is fast enough: BenchmarkServer measures a quarter of the CPU time that
// the forwarder takes for the same message, so benchmarks do not mainly measure this server.
type request struct {
	QueueUrl  string //nolint:revive // the name on the wire, as below
	QueueName string

	MaxNumberOfMessages         *int
	WaitTimeSeconds             int
	MessageAttributeNames       []string
	MessageSystemAttributeNames []string
	AttributeNames              []string // of a queue; in ReceiveMessage the older MessageSystemAttributeNames
	Attributes                  map[string]string

	entry
	Entries []entry
}

// entry is one message that is to be sent, deleted or changed.
type entry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int

	MessageBody             string
	MessageAttributes       map[string]Attribute
	MessageSystemAttributes map[string]Attribute
	MessageDeduplicationId  string //nolint:revive // the name on the wire
	MessageGroupId          string //nolint:revive // the name on the wire
}

// call is one request that the server handles.
type call struct {
	request
	ctx   context.Context // a call lives as long as its request
	fault Fault
}

// operation carries out a call while the server is locked. The answer is encoded as JSON, unless it is a []byte, which
// is JSON already; nil is an empty body.
type operation func(*Queue, *call) (answer any, err *Error)

var operations = map[string]operation{
	"ReceiveMessage":               (*Queue).receiveMessage,
	"DeleteMessage":                single((*Queue).deleteEntry),
	"DeleteMessageBatch":           batch("DeleteMessageBatch", (*Queue).deleteEntry),
	"ChangeMessageVisibility":      single((*Queue).changeEntry),
	"ChangeMessageVisibilityBatch": batch("ChangeMessageVisibilityBatch", (*Queue).changeEntry),
	"SendMessage":                  single((*Queue).sendEntry),
	"GetQueueUrl":                  (*Queue).getQueueURL,
	"GetQueueAttributes":           (*Queue).getQueueAttributes,
	"SetQueueAttributes":           (*Queue).setQueueAttributes,
}

// ServeHTTP handles one request of AWS's JSON protocol, unless a fault changes what happens.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	c := &call{ctx: r.Context()}
	do := operations[name]
	if do == nil {
		c.write(w, nil, errUnknown)
		return
	}
	if !c.read(r) {
		c.write(w, nil, errSyntax)
		return
	}
	if faults := s.count(name); faults != nil {
		c.fault = faults(name)
	}
	f := &c.fault
	if !sleep(c.ctx, f.Before) || f.Reset {
		reset.Connection(w, nil)
		return
	}
	answer, err := any(nil), f.Error
	if err == nil {
		answer, err = s.perform(c, do)
	}
	if !sleep(c.ctx, f.After) || f.Lose {
		reset.Connection(w, nil)
		return
	}
	c.write(w, answer, err)
}

func (c *call) read(r *http.Request) bool {
	var body bytes.Buffer
	body.Grow(int(max(0, r.ContentLength)) + bytes.MinRead)
	_, err := body.ReadFrom(r.Body)
	return err == nil && json.Unmarshal(body.Bytes(), &c.request) == nil
}

func (s *Server) count(operation string) Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Requests[operation]++
	return s.faults
}

// perform finds the queue and runs the operation.
func (s *Server) perform(c *call, do operation) (answer any, err *Error) {
	name := c.QueueName
	if name == "" {
		name = c.QueueUrl[strings.LastIndexByte(c.QueueUrl, '/')+1:]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	if q == nil {
		return nil, errNoQueue
	}
	q.expire()
	return do(q, c)
}

// write sends the answer, or the error.
func (c *call) write(w http.ResponseWriter, answer any, err *Error) {
	status := http.StatusOK
	if err != nil {
		status = err.Status
		answer = map[string]string{"__type": "com.amazonaws.sqs#" + err.Type, "message": err.Message}
		blamed := "Receiver"
		if err.isSenderFault() {
			blamed = "Sender"
		}
		w.Header().Set("X-Amzn-Query-Error", err.Code+";"+blamed)
	}
	body, isEncoded := answer.([]byte)
	if answer != nil && !isEncoded {
		body = encode(answer)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", uuid.NewString())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if !c.fault.Truncate {
		_, _ = w.Write(body) // if the client has closed the connection, the answer is lost, as with SQS
		return
	}
	_, _ = w.Write(body[:len(body)/2]) // the answer is cut off in any case
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

// entryOperation carries out an operation on one message.
type entryOperation func(*Queue, *entry) (*result, *Error)

// result is the answer of an operation on one message. In a batch it also has the entry's id.
type result struct {
	ID               string `json:"Id,omitempty"`
	MessageId        string `json:",omitempty"` //nolint:revive // the name on the wire
	MD5OfMessageBody string `json:",omitempty"`
	SequenceNumber   string `json:",omitempty"`
}

type failedEntry struct {
	ID          string `json:"Id"`
	SenderFault bool
	Code        string
	Message     string
}

func single(do entryOperation) operation {
	return func(q *Queue, c *call) (any, *Error) {
		out, err := do(q, &c.entry)
		if err != nil || *out == (result{}) {
			return nil, err
		}
		return out, nil
	}
}

func batch(name string, do entryOperation) operation {
	return func(q *Queue, c *call) (any, *Error) {
		if err := checkBatch(name, c.Entries); err != nil {
			return nil, err
		}
		var out struct {
			Successful []*result     `json:",omitempty"`
			Failed     []failedEntry `json:",omitempty"`
		}
		for i := range c.Entries {
			e := &c.Entries[i]
			err := c.fault.entry(i)
			var r *result
			if err == nil {
				r, err = do(q, e)
			}
			if err != nil {
				out.Failed = append(out.Failed, failedEntry{e.ID, err.isSenderFault(), err.Code, err.Message})
				continue
			}
			r.ID = e.ID
			out.Successful = append(out.Successful, r)
		}
		return out, nil
	}
}

var batchID = regexp.MustCompile(`^[\w-]{1,80}$`)

func checkBatch(name string, entries []entry) *Error {
	switch n := len(entries); {
	case n == 0:
		return errBatch("EmptyBatchRequest", "There should be at least one %sRequestEntry in the request.", name)
	case n > 10:
		return errBatch("TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10. You have sent %d.", n)
	}
	ids := map[string]bool{}
	for _, e := range entries {
		switch {
		case !batchID.MatchString(e.ID):
			return errBatch("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, "+
				"hyphens and underscores. It can be at most 80 letters long.")
		case ids[e.ID]:
			return errBatch("BatchEntryIdsNotDistinct", "Id %s repeated.", e.ID)
		}
		ids[e.ID] = true
	}
	return nil
}
