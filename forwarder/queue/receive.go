package queue

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/jsonread"
)

// Message is one received message. It is leased until the visibility timeout ends, counted from Received.
type Message struct {
	ID       string
	Receipt  string // handle of this receive; only the latest one can delete or extend the message
	Body     []byte
	Group    string // message group of a FIFO queue
	Trace    string // AWSTraceHeader
	Receives int    // receive count, this one included
	Sent     time.Time
	Received time.Time

	attributes []byte // message attributes, as SQS writes them
}

// Detach copies the message out of SQS's answer, so that it no longer keeps the other messages in the answer in memory.
func (m *Message) Detach() { m.Body, m.attributes = bytes.Clone(m.Body), bytes.Clone(m.attributes) }

// receiveRequest returns the beginning of every receive's JSON body. AWSTraceHeader and MessageGroupId come with the
// messages that have them. The request states the visibility timeout, so that the forwarder knows by when it must renew
// a message, even if the queue's own is changed meanwhile.
func receiveRequest(url string, visibility time.Duration, attributes []string) []byte {
	request, _ := json.Marshal(sqs.ReceiveMessageInput{
		QueueUrl: &url, VisibilityTimeout: int32(visibility / time.Second),
		MessageAttributeNames: append([]string(nil), attributes...), // nil, which is left out, if there are none
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			"ApproximateReceiveCount", "SentTimestamp", "MessageGroupId", "AWSTraceHeader",
		},
	}, wireFormat) // texts and numbers always encode
	return bytes.TrimSuffix(request, []byte("}"))
}

// Receive asks for at most limit messages (1 to MaxBatch) and waits for the first of them for at most wait, in whole
// seconds. It does not try again by itself.
func (q *Queue) Receive(ctx context.Context, limit int, wait time.Duration) ([]Message, error) {
	body := fmt.Appendf(slices.Clip(q.receive), `,"MaxNumberOfMessages":%d,"WaitTimeSeconds":%d}`, limit, wait/time.Second)
	answer, err := q.fast.call(ctx, "ReceiveMessage", body, wait)
	var messages []Message
	if err == nil {
		messages, err = readMessages(answer.text, limit, answer.at)
	}
	if err != nil {
		return nil, fmt.Errorf("receive from queue: %w", err)
	}
	return messages, nil
}

func readMessages(answer []byte, limit int, now time.Time) (messages []Message, err error) {
	valid := jsonread.Read(answer, func(r *jsonread.Reader) {
		for name := range r.Members() {
			if string(name) != "Messages" {
				continue
			}
			messages = make([]Message, 0, limit)
			for range r.Elements() {
				m := Message{Sent: now, Received: now}
				m.read(r)
				messages = append(messages, m)
			}
		}
	})
	if !valid {
		return nil, errAnswer
	}
	return messages, nil
}

func (m *Message) read(r *jsonread.Reader) {
	for name := range r.Members() {
		switch string(name) {
		case "MessageId":
			m.ID, _ = r.Text()
		case "ReceiptHandle":
			m.Receipt, _ = r.Text()
		case "Body":
			m.Body = r.Bytes()
		case "Attributes":
			m.readAttributes(r)
		case "MessageAttributes":
			m.attributes = r.Raw()
		}
	}
}

func (m *Message) readAttributes(r *jsonread.Reader) {
	for name := range r.Members() {
		switch string(name) {
		case "MessageGroupId":
			m.Group, _ = r.Text()
		case "AWSTraceHeader":
			m.Trace, _ = r.Text()
		case "ApproximateReceiveCount":
			text, _ := r.Text()
			m.Receives, _ = strconv.Atoi(text)
		case "SentTimestamp":
			text, _ := r.Text()
			if since, err := strconv.ParseInt(text, 10, 64); err == nil {
				m.Sent = time.UnixMilli(since).UTC()
			}
		}
	}
}
