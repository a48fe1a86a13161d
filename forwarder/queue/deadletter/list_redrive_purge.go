package deadletter

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

const (
	// maxLeased is how many messages a command keeps hidden in one queue; then it goes on to the next queue. Messages that
	// it deletes or moves do not count any more: those that it shows or skips add up.
	maxLeased = 10_000
	// maxConcurrent is how many messages are sent or deleted, or batches released, at the same time, if their order does
	// not matter.
	maxConcurrent = 8
)

// Result counts the messages that a command has looked at, by what happened to them.
type Result struct {
	Seen     int // all messages so far
	Handled  int // shown, sent back, or deleted
	CameBack int // were sent back by this command and have returned
	Hidden   int // approximate number of others: received by somebody else, or not returned by SQS
}

// Read calls show with each message that matches.
func (qs *Queues) Read(ctx context.Context, f Filter, show func(*Message)) (Result, error) {
	return qs.visit(ctx, &visit{filter: f, concurrency: 1, act: showWith(show)})
}

// Sample returns a few messages of each dead-letter queue: at most ten, as many as SQS returns at once.
func (qs *Queues) Sample(ctx context.Context) (sample []*Message, err error) {
	keep := func(m *Message) { sample = append(sample, m) }
	_, err = qs.visit(ctx, &visit{isSample: true, concurrency: 1, act: showWith(keep)})
	return sample, err
}

func showWith(show func(*Message)) func(context.Context, *Message) error {
	return func(_ context.Context, m *Message) error {
		show(m)
		return nil
	}
}

// Purge deletes the messages that match. It calls report after each message.
func (qs *Queues) Purge(ctx context.Context, f Filter, report func(Result)) (Result, error) {
	return qs.visit(ctx, &visit{filter: f, concurrency: maxConcurrent, report: report, act: deleteMessage})
}

// Redrive sends the messages that match back through the stack's queue, at most perSecond a second, and calls report
// after each message. A message is deleted only after SQS has accepted its copy: if the process is killed between the
// two, the event comes twice, but is not lost.
func (qs *Queues) Redrive(ctx context.Context, f Filter, perSecond int, report func(Result)) (Result, error) {
	v := &visit{filter: f, concurrency: maxConcurrent, report: report}
	if strings.HasSuffix(qs.main.url, ".fifo") {
		v.concurrency = 1
	}
	limit := rate.NewLimiter(rate.Limit(perSecond), 1)
	v.act = func(ctx context.Context, m *Message) error {
		if err := limit.Wait(ctx); err != nil { // ctx ends with the first failure
			return err // no message of a group overtakes one that could not be sent
		}
		id, err := qs.main.send(ctx, m)
		if err != nil {
			return err
		}
		v.sent.Store(id, true)
		return deleteMessage(ctx, m)
	}
	return qs.visit(ctx, v)
}

// send puts the message, as it was before it became a dead letter, into a queue, and returns its id there. Once
// started, it is not interrupted.
func (q *sqsQueue) send(ctx context.Context, m *Message) (id string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	// With its original deduplication id, SQS would accept but drop the message within five minutes of the first send.
	// With the id of the dead letter, each dead letter is sent once, even if the command is killed and run again.
	deduplicationID := "redrive-" + m.ID
	// Dead letters of EventBridge have no message group: they get one named after their event type or, if SQS would not
	// accept that, after the message id.
	group := m.ID
	if validGroup.MatchString(m.EventType) {
		group = m.EventType
	}
	group = cmp.Or(m.message.Attributes["MessageGroupId"], group)
	trace := m.message.Attributes["AWSTraceHeader"]
	sent, err := q.client.SendMessage(
		ctx, queue.NewSend(q.url, m.Body(), m.ownAttributes(), trace, group, deduplicationID),
	)
	if err != nil {
		return "", fmt.Errorf("send event %s to %s: %w", m.EventID, q.name, err)
	}
	return aws.ToString(sent.MessageId), nil
}

// validGroup matches some of the group names that SQS accepts, including every name of an AWS service.
var validGroup = regexp.MustCompile(`^[A-Za-z0-9._:/@+-]{1,128}$`)

// visit receives each message of the dead-letter queues once, and applies act to each one that matches.
type visit struct {
	filter      Filter
	act         func(context.Context, *Message) error // its calls to SQS are not interrupted
	concurrency int                                   // how many messages are handled at the same time
	isSample    bool                                  // receive only once from each queue
	report      func(Result)                          // after each message; may be nil

	missing []string // those ids of the filter that no selected message has had
	old     int      // how many messages were there when the queues were opened
	sent    sync.Map // the message ids of the messages sent back
	mu      sync.Mutex
	result  Result
}

// visit visits the messages of all dead-letter queues. An id of the filter that no selected one has is an error.
func (qs *Queues) visit(ctx context.Context, v *visit) (Result, error) {
	v.missing = slices.Clone(v.filter.IDs)
	for _, q := range qs.dead {
		if err := q.keepHidden(ctx, func() error { return qs.visitQueue(ctx, v, q) }); err != nil {
			return v.result, err
		}
	}
	v.result.Hidden = max(0, qs.Count-v.old)
	if len(v.missing) > 0 {
		return v.result, fmt.Errorf("not found among the selected dead letters: %s; 'stack dead-letters list' prints the ids",
			strings.Join(v.missing, ", "))
	}
	return v.result, nil
}

// visitQueue visits the messages of one queue, until two receives in a row have brought none that was there when the
// queues were opened. It skips those that do not match, and those that have arrived since: nobody has approved their
// deletion, and if a receiver refuses all that this command sends back, they never end.
func (qs *Queues) visitQueue(ctx context.Context, v *visit, q *sqsQueue) error {
	for empty := 0; empty < 2 && len(q.hidden()) < maxLeased; empty++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fresh, err := q.receive(ctx)
		if err != nil {
			return err
		}
		g, acting := errgroup.WithContext(ctx)
		g.SetLimit(v.concurrency)
		for _, m := range fresh {
			_, movedCopy := v.sent.Load(m.ID)         // a redrive policy moved the copy here, with the copy's message id
			_, refusedCopy := v.sent.Load(m.original) // the forwarder made a new message of a copy that was refused
			if movedCopy || refusedCopy {
				v.add(Result{Seen: 1, CameBack: 1})
				continue
			}
			isNew := qs.isNew(m, v.old)
			if !isNew {
				v.old++
				empty = -1
			}
			if isNew || !v.filter.Match(m) {
				v.add(Result{Seen: 1})
				continue
			}
			v.missing = slices.DeleteFunc(v.missing, func(id string) bool { return id == m.EventID || id == m.ID })
			g.Go(func() error {
				if err := v.act(acting, m); err != nil {
					return err
				}
				v.add(Result{Seen: 1, Handled: 1})
				return nil
			})
		}
		if err := g.Wait(); err != nil || v.isSample {
			return err
		}
	}
	return nil
}

// isNew reports whether the message has arrived since the queues were opened. SQS does not say when a redrive policy
// moved a message: such a message is new if clearly more than the approximate count have been seen.
func (qs *Queues) isNew(m *Message, seen int) bool {
	return m.Sent.After(qs.opened) || m.wasMoved && seen >= qs.Count+qs.Count/10+100
}

// add adds to the result, and reports it.
func (v *visit) add(r Result) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.result.Seen += r.Seen
	v.result.Handled += r.Handled
	v.result.CameBack += r.CameBack
	if v.report != nil {
		v.report(v.result)
	}
}
