package forwarder

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// poll receives messages until ctx ends. An extra poller, which is started after a full receive that is not followed by
// a pause, ends when a receive is at most half full, or when the breaker is open.
func (f *Forwarder) poll(ctx context.Context, extra bool) {
	f.metrics.pollers.Inc()
	defer f.metrics.pollers.Dec()
	gap := gap{linger: f.options.Linger}
	for (!extra || !f.breaker.isOpen()) && f.breaker.waitToReceive(ctx) {
		full, ok := f.leases.reserve(ctx)
		if !ok {
			break
		}
		began := time.Now()
		wait := f.options.Wait
		if gap.failures > 0 { // to notice soon that the queue is back, even if there is no message
			wait = min(wait, time.Second)
		}
		messages, err := f.options.Source.Receive(f.receiveCalls, full, wait)
		f.accept(messages)
		if ctx.Err() != nil {
			break
		}
		f.reportReceive(err)
		n := len(messages)
		between := gap.after(n, full, time.Since(began), err)
		switch {
		case extra && n <= full/2:
			return
		case between > 0:
			pause(ctx, between)
		case n == full:
			f.pollers.TryGo(func() error {
				f.poll(ctx, true)
				return nil
			})
		}
	}
	if f.receiveCalls.Err() != nil {
		// SQS may not know yet that this receive was cancelled: messages that are released now could still go to it.
		pause(context.WithoutCancel(ctx), min(200*time.Millisecond, f.options.drainTime()/5))
	}
}

// reportReceive records the error of the last receive, or nil, and logs it if its cause differs from the one before.
func (f *Forwarder) reportReceive(err error) {
	isNews := queue.Cause(err) != queue.Cause(*f.queueErr.Swap(&err))
	if err == nil {
		f.metrics.receives.Inc()
	} else {
		f.metrics.receiveFailures.Inc()
	}
	switch {
	case isNews && err == nil:
		f.log.Info("can receive from the queue again")
	case isNews:
		f.log.Warn("cannot receive from the queue, will try again", zap.Error(err))
	}
}

// gap is the time between two receives. It grows while receives fail, so that an unavailable queue is not flooded with
// calls, and while they return at once without a message, because every call is billed.
//
// A long poll returns with the first message, and a receive costs the same whether it returns one message or ten. So
// with a linger time there is also a pause after receives that return messages. The first one that is not full
// sets it to the linger time; each full one makes it shorter, down to none, and each less than 90 % full longer again.
type gap struct {
	linger            time.Duration
	gather            time.Duration // how long to wait for messages to collect, at most linger
	failures, empties int           // in a row
}

const (
	minEmptyGap  = 20 * time.Millisecond
	maxEmptyGap  = time.Second
	maxFailedGap = 5 * time.Second  // one poller is left then, and must notice within seconds that the queue is back
	minGather    = time.Millisecond // a shorter wait counts as 0: there is a backlog
	afterFull    = 0.7              // multiplies the wait after a full receive, which may have left messages on the queue
	afterLess    = 1.2              // multiplies the wait after a receive that was less than 90 % full
)

// after returns the time to wait after a receive that returned n messages and asked for at most full.
func (g *gap) after(n, full int, took time.Duration, err error) time.Duration {
	switch {
	case err != nil:
		g.failures++
		return backoff(g.failures, time.Second, maxFailedGap)
	case n == 0:
		g.failures = 0
		g.empties++
		return backoff(g.empties, minEmptyGap, maxEmptyGap) - took
	case n == full:
		g.gather = time.Duration(float64(g.gather) * afterFull)
	case g.gather == 0:
		g.gather = g.linger
	case 10*n < 9*full:
		g.gather = min(g.linger, time.Duration(float64(g.gather)*afterLess))
	}
	g.failures, g.empties = 0, 0
	if g.gather < minGather {
		g.gather = 0
	}
	return g.gather
}

// accept leases the messages and starts their delivery.
func (f *Forwarder) accept(messages []queue.Message) {
	f.metrics.received.Add(float64(len(messages)))
	added := f.leases.add(messages, f.options.Event)
	if f.options.Trace != nil {
		for _, m := range added {
			m.span = f.options.Trace(&m.Message, &m.event)
		}
	}
	f.enqueue(added)
}
