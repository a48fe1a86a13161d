package deadletter

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"
)

// Result is what became of the letters.
type Result struct {
	Done    int // sent back, or thrown away
	Other   int // do not match the filter
	Again   int // were sent back just now, and are here again
	Hidden  int // see Seen
	Touched int // all that were looked at so far
}

const senders = 8 // at once, where order does not count

// Redrive sends the letters that match back through the stack's queue, at most rate a second. A letter is deleted only
// after SQS has taken its copy: whoever kills the process between the two makes the event come twice, and loses none.
func (qs *Queues) Redrive(ctx context.Context, f Filter, rate int, report func(Result)) (Result, error) {
	r := &redrive{queues: qs, filter: f, report: report, every: time.Second / time.Duration(rate), sent: map[string]bool{}}
	seen, err := qs.walk(ctx, r.visit)
	r.result.Hidden = seen.Hidden
	return r.result, err
}

type redrive struct {
	queues *Queues
	filter Filter
	report func(Result)
	every  time.Duration
	next   time.Time // when the next may go

	mu     sync.Mutex
	result Result
	sent   map[string]bool // the message ids of what was sent
}

func (r *redrive) visit(ctx context.Context, h *held, fresh []Letter) error {
	g, going := errgroup.WithContext(ctx) // ends with the first failure
	g.SetLimit(senders)
	if r.queues.main.fifo {
		g.SetLimit(1)
	}
	for i := range fresh {
		l := &fresh[i]
		if !r.meant(l) {
			continue
		}
		if !r.wait(going) {
			break
		}
		g.Go(func() error {
			if going.Err() != nil {
				return going.Err() // nothing of a group overtakes what could not be sent
			}
			return r.send(ctx, h, l)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// meant leaves out what does not match, and what came back: else a receiver that refuses would make this go on for
// ever.
func (r *redrive) meant(l *Letter) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.sent[l.ID], r.sent[l.original]:
		r.result.Again++
	case !r.filter.Match(l):
		r.result.Other++
	default:
		return true
	}
	r.result.Touched++
	r.report(r.result)
	return false
}

// wait holds up what would be faster than the rate.
func (r *redrive) wait(ctx context.Context) bool {
	now := time.Now()
	if r.next.Before(now) {
		r.next = now
	}
	timer := time.NewTimer(r.next.Sub(now))
	defer timer.Stop()
	r.next = r.next.Add(r.every)
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// send is carried to its end once it is begun.
func (r *redrive) send(ctx context.Context, h *held, l *Letter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*callTime)
	defer cancel()
	sent, err := r.queues.client.SendMessage(ctx, r.queues.again(l))
	if err != nil {
		return fmt.Errorf("send event %s to %s: %w", l.EventID, r.queues.main.name, err)
	}
	r.mu.Lock()
	r.sent[aws.ToString(sent.MessageId)] = true
	r.result.Done++
	r.result.Touched++
	r.report(r.result)
	r.mu.Unlock()
	if err := r.queues.remove(ctx, h.queue, h.receipt(l.ID)); err != nil {
		return fmt.Errorf("event %s was sent back, and is a dead letter still: %w", l.EventID, err)
	}
	h.drop(l.ID)
	return nil
}

// again is the letter as the message that it was.
func (qs *Queues) again(l *Letter) *sqs.SendMessageInput {
	in := &sqs.SendMessageInput{QueueUrl: &qs.main.url, MessageBody: l.message.Body, MessageAttributes: l.own()}
	if trace := l.message.Attributes["AWSTraceHeader"]; trace != "" {
		in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: aws.String("String"), StringValue: &trace},
		}
	}
	if qs.main.fifo {
		// Not the deduplication id that it had: sent again within five minutes of the first time, SQS would take it and throw
		// it away. Every dead letter is a message of its own, and the same one is sent once, also when this was killed and
		// goes on.
		in.MessageDeduplicationId = aws.String("redrive-" + l.ID)
		in.MessageGroupId = aws.String(l.group())
	}
	return in
}

// group is the letter's message group. EventBridge's own dead letters have none: there is a group for each source of
// events.
func (l *Letter) group() string {
	if group := l.message.Attributes["MessageGroupId"]; group != "" {
		return group
	}
	if legalGroup.MatchString(l.EventType) {
		return l.EventType
	}
	return l.ID
}

// legalGroup is part of what SQS takes: all that names of services are made of.
var legalGroup = regexp.MustCompile(`^[A-Za-z0-9._:/@+-]{1,128}$`)
