package queuetest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// call is one request on its way through the server. Calls are used again, with their buffers.
type call struct {
	ctx   context.Context // a call lives as long as its request
	body  []byte
	out   []byte // the answer
	base  string // what queue URLs begin with
	trace string // X-Amzn-Trace-Id
	fault Fault

	given   []delivery
	names   [][]byte
	entries []batchEntry
	failed  []byte
}

var calls = sync.Pool{New: func() any { return new(call) }}

// keepBuffer is the largest buffer that is kept for the next call.
const keepBuffer = 1 << 18

func (c *call) free() {
	clear(c.given)
	clear(c.entries)
	clear(c.names)
	*c = call{
		body: c.body[:0], out: c.out[:0], given: c.given[:0], names: c.names[:0], entries: c.entries[:0],
		failed: c.failed[:0],
	}
	if cap(c.body) <= keepBuffer && cap(c.out) <= keepBuffer {
		calls.Put(c)
	}
}

type operation func(*Server, *call) *Error

// operations are what the server can do, by name.
var operations map[string]operation

func init() { // the table names functions that lead back to it
	operations = map[string]operation{
		"ReceiveMessage":               (*Server).receiveMessage,
		"DeleteMessage":                (*Server).deleteMessage,
		"DeleteMessageBatch":           (*Server).deleteMessageBatch,
		"ChangeMessageVisibility":      (*Server).changeMessageVisibility,
		"ChangeMessageVisibilityBatch": (*Server).changeMessageVisibilityBatch,
		"SendMessage":                  (*Server).sendMessage,
		"SendMessageBatch":             (*Server).sendMessageBatch,
		"CreateQueue":                  (*Server).createQueue,
		"DeleteQueue":                  (*Server).deleteQueue,
		"PurgeQueue":                   (*Server).purgeQueue,
		"GetQueueUrl":                  (*Server).getQueueURL,
		"ListQueues":                   (*Server).listQueues,
		"GetQueueAttributes":           (*Server).getQueueAttributes,
		"SetQueueAttributes":           (*Server).setQueueAttributes,
	}
}

var errSyntax = sender(http.StatusBadRequest, "SerializationException", "SerializationException",
	"The request is not the JSON that this operation takes.")

// decode reads a request that comes seldom.
func (c *call) decode(in any) *Error {
	if json.Unmarshal(c.body, in) != nil {
		return errSyntax
	}
	return nil
}

// reply writes the answer to such a request.
func (c *call) reply(out any) *Error {
	b, err := json.Marshal(out)
	if err != nil {
		panic("queuetest: an answer cannot be encoded: " + err.Error())
	}
	c.out = append(c.out, b...)
	return nil
}

// find returns the queue with this URL; its name, the last part, decides. The caller holds the lock.
func (s *Server) find(url string) (*queue, *Error) {
	if url == "" {
		return nil, missing("QueueUrl")
	}
	q, ok := s.queues[url[strings.LastIndexByte(url, '/')+1:]]
	if !ok {
		return nil, errNoQueue
	}
	return q, nil
}
