package deadletter

import (
	"context"
	"fmt"
	"regexp"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Result is what became of the messages.
type Result struct {
	Done   int // sent back, or deleted
	Other  int // do not match the filter
	Again  int // were sent back just now, and are here again
	Hidden int // see Seen
	Looked int // all that were looked at so far
}

const maxSenders = 8 // at once, where order does not count

// Redrive sends the messages that match back through the stack's queue, at most perSecond a second. A message is
// deleted only after SQS has taken its copy: if the process is killed between the two, the event comes twice, and none
// is lost.
func (qs *Queues) Redrive(ctx context.Context, f Filter, perSecond int, report func(Result)) (Result, error) {
	r := &redrive{
		queues: qs, filter: f, report: report, limit: rate.NewLimiter(rate.Limit(perSecond), 1), sent: map[string]bool{},
	}
	seen, err := qs.each(ctx, r.visit)
	r.result.Hidden = seen.Hidden
	return r.result, err
}

type redrive struct {
	queues *Queues
	filter Filter
	report func(Result)
	limit  *rate.Limiter

	mu     sync.Mutex
	result Result
	sent   map[string]bool // the message ids of what was sent
}

func (r *redrive) visit(ctx context.Context, l *leases, fresh []Message) error {
	g, sending := errgroup.WithContext(ctx) // ends with the first failure
	g.SetLimit(maxSenders)
	if r.queues.main.fifo {
		g.SetLimit(1)
	}
	for i := range fresh {
		m := &fresh[i]
		if !r.selects(m) {
			continue
		}
		if r.limit.Wait(sending) != nil {
			break
		}
		g.Go(func() error {
			if sending.Err() != nil {
				return sending.Err() // nothing of a group overtakes what could not be sent
			}
			return r.send(ctx, l, m)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// selects leaves out what does not match, and what came back: else a receiver that refuses would make this go on for
// ever.
func (r *redrive) selects(m *Message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.sent[m.ID], r.sent[m.original]:
		r.result.Again++
	case !r.filter.Match(m):
		r.result.Other++
	default:
		return true
	}
	r.result.Looked++
	r.report(r.result)
	return false
}

// send is completed once it is begun.
func (r *redrive) send(ctx context.Context, l *leases, m *Message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*callTime)
	defer cancel()
	sent, err := r.queues.main.client.SendMessage(ctx, r.queues.main.copyOf(m))
	if err != nil {
		return fmt.Errorf("send event %s to %s: %w", m.EventID, r.queues.main.name, err)
	}
	r.mu.Lock()
	r.sent[aws.ToString(sent.MessageId)] = true
	r.result.Done++
	r.result.Looked++
	r.report(r.result)
	r.mu.Unlock()
	if err := l.delete(ctx, m.ID); err != nil {
		return fmt.Errorf("event %s was sent back, and is a dead letter still: %w", m.EventID, err)
	}
	return nil
}

// copyOf is the message as it was before it became a dead letter.
func (q *queueInfo) copyOf(m *Message) *sqs.SendMessageInput {
	in := &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: m.message.Body, MessageAttributes: m.ownAttributes()}
	if trace := m.message.Attributes["AWSTraceHeader"]; trace != "" {
		in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {
				DataType: aws.String("String"), StringValue: &trace,
			},
		}
	}
	if q.fifo {
		// The deduplication id that it had would make SQS take it and drop it within five minutes of the first time. Every
		// dead letter is a message of its own, and the same one is sent once, also when this was killed and continues.
		in.MessageDeduplicationId = aws.String("redrive-" + m.ID)
		in.MessageGroupId = aws.String(m.group())
	}
	return in
}

// group is the message group. EventBridge's own dead letters have none: there is a group for each source of events.
func (m *Message) group() string {
	if group := m.message.Attributes["MessageGroupId"]; group != "" {
		return group
	}
	if validGroup.MatchString(m.EventType) {
		return m.EventType
	}
	return m.ID
}

// validGroup is part of what SQS takes: all that names of services are made of.
var validGroup = regexp.MustCompile(`^[A-Za-z0-9._:/@+-]{1,128}$`)
