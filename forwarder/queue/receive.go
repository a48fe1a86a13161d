package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/scan"
)

// Message is one received message. It stays ours until the visibility timeout ends, counted from Received.
type Message struct {
	ID       string
	Receipt  string // of this receive; only the latest one settles the message
	Body     []byte
	Group    string // message group of a FIFO queue
	Trace    string // AWSTraceHeader
	Receives int    // receive count, this one included
	Sent     time.Time
	Received time.Time
}

// receiveRequest is the request up to the queue's URL. AWSTraceHeader and MessageGroupId come with the messages that have them.
const receiveRequest = `{"MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp","MessageGroupId","AWSTraceHeader"],"QueueUrl":`

// answerTime is what an answer may take beyond the long poll. When it passes, messages of a lost answer stay invisible until
// their visibility timeout ends, so it is generous.
const answerTime = 30 * time.Second

// Receive asks for at most limit messages (1 to MaxBatch) and waits for the first of them at most wait, in whole seconds.
// It does not try again by itself. The visibility timeout is named, so that messages are renewed by the one that they have: the queue's
// own may be changed at any time.
func (q *Queue) Receive(ctx context.Context, limit int, wait time.Duration) ([]Message, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+answerTime)
	defer cancel()
	body := scan.AppendString([]byte(receiveRequest), q.URL)
	body = fmt.Appendf(body, `,"MaxNumberOfMessages":%d,"WaitTimeSeconds":%d,"VisibilityTimeout":%d}`, limit, wait/time.Second, q.Visibility/time.Second)
	answer, err := q.wire.call(ctx, "ReceiveMessage", body)
	if err != nil {
		return nil, fmt.Errorf("receive from queue: %w", err)
	}
	messages, err := readMessages(answer, limit, time.Now())
	if err != nil {
		return nil, fmt.Errorf("receive from queue: %w", err)
	}
	return messages, nil
}

func readMessages(answer []byte, limit int, now time.Time) ([]Message, error) {
	var messages []Message
	r := scan.New(answer)
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
	if !r.End() {
		return nil, errAnswer
	}
	return messages, nil
}

func (m *Message) read(r *scan.Reader) {
	for name := range r.Members() {
		switch string(name) {
		case "MessageId":
			m.ID, _ = r.Text()
		case "ReceiptHandle":
			m.Receipt, _ = r.Text()
		case "Body":
			m.Body, _ = r.Take()
		case "Attributes":
			m.readAttributes(r)
		}
	}
}

func (m *Message) readAttributes(r *scan.Reader) {
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
