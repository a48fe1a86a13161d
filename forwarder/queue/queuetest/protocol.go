package queuetest

import (
	"cmp"
	"context"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

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

// entryOperation deletes or changes one message.
type entryOperation func(*Queue, *entry) *Error

func single(do entryOperation) operation {
	return func(q *Queue, r *request) (any, *Error) { return nil, do(q, &r.entry) }
}

// result is what an operation did with one message of a batch.
type result struct {
	ID          string `json:"Id"`
	SenderFault bool   `json:",omitzero"`
	Code        string `json:",omitempty"`
	Message     string `json:",omitempty"`
}

func batch(do entryOperation) operation {
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
