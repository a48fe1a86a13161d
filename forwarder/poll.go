package forwarder

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// pollers runs one poller while there is little to do, and up to max of them while receives come back full.
type pollers struct {
	max   int
	gauge prometheus.Gauge

	mu     sync.Mutex
	active int
	err    error
	group  sync.WaitGroup
}

// maxReceiving limits how many bytes concurrent receives may return together, and so their memory: with large events,
// fewer pollers are enough to keep the receiver busy.
const maxReceiving = 4 << 20

// start adds a poller unless a limit is reached; size is the total size of the message bodies in one receive.
func (p *pollers) start(ctx context.Context, poll func(context.Context), size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active >= p.max || p.active > 1 && (p.active+1)*size > maxReceiving || ctx.Err() != nil {
		return
	}
	p.active++
	p.gauge.Set(float64(p.active))
	p.group.Go(func() { poll(ctx) })
}

// retire reports whether a poller may end: the last one may end only when ctx has ended.
func (p *pollers) retire(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active == 1 && ctx.Err() == nil {
		return false
	}
	p.active--
	p.gauge.Set(float64(p.active))
	return true
}

// report records the error of the last receive, or nil; it returns true if the cause differs from the one before.
func (p *pollers) report(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := queue.Cause(err) != queue.Cause(p.err)
	p.err = err
	return news
}

func (p *pollers) health() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// poll receives messages until ctx ends, or until a receive is at most half full and another poller is left.
func (f *Forwarder) poll(ctx context.Context) {
	receiving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(f.options.drainTime(), cancel) })()
	gap := gap{linger: f.options.Linger}
	for f.breaker.waitToReceive(ctx) {
		reserved, ok := f.leases.reserve(ctx)
		if !ok {
			break
		}
		began := time.Now()
		wait := f.options.Wait
		if gap.failures > 0 { // to notice soon that the queue is back, even if there is no message
			wait = min(wait, time.Second)
		}
		messages, err := f.options.Source.Receive(receiving, reserved.messages, wait)
		f.accept(reserved, messages)
		if ctx.Err() != nil {
			break
		}
		f.reportReceive(err)
		n, full := len(messages), reserved.messages
		pause := gap.after(n, full, time.Since(began), err)
		switch {
		case n <= full/2 && f.pollers.retire(ctx):
			return
		case pause > 0:
			Pause(ctx, pause)
		case n == full:
			f.pollers.start(ctx, f.poll, sizeOf(messages))
		}
	}
	if receiving.Err() != nil {
		// SQS may not know yet that this receive was cancelled: messages that are released now could still go to it.
		Pause(context.WithoutCancel(ctx), min(200*time.Millisecond, f.options.drainTime()/5))
	}
	f.pollers.retire(ctx)
}

func (f *Forwarder) reportReceive(err error) {
	news := f.pollers.report(err)
	if err == nil {
		f.metrics.receives.Inc()
	} else {
		f.metrics.receiveFailures.Inc()
	}
	switch {
	case news && err == nil:
		f.log.Info("can receive from the queue again")
	case news:
		f.log.Warn("cannot receive from the queue, will try again", zap.Error(err))
	}
}

func sizeOf(messages []queue.Message) (size int) {
	for i := range messages {
		size += len(messages[i].Body)
	}
	return size
}

// gap is the time between two receives. It grows while receives fail, so that an unavailable queue is not flooded with
// calls, and while they return at once without a message, because every call is billed.
//
// A long poll returns with the first message, and a receive costs the same whether it returns one message or ten. So
// with a linger time there is also a pause after receives that return messages. It begins with the linger time, becomes
// shorter after each full receive, and longer again after each that is less than 90 % full.
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
	if err != nil {
		g.failures++
		return backoff(g.failures, time.Second, maxFailedGap)
	}
	g.failures = 0
	if n == 0 {
		g.empties++
		return backoff(g.empties, minEmptyGap, maxEmptyGap) - took
	}
	g.empties = 0
	switch {
	case n == full:
		g.gather = time.Duration(float64(g.gather) * afterFull)
	case g.gather == 0:
		g.gather = g.linger
	case n < full*9/10:
		g.gather = min(g.linger, time.Duration(float64(g.gather)*afterLess))
	}
	if g.gather < minGather {
		g.gather = 0
	}
	return g.gather
}

// accept leases the messages and starts their delivery.
func (f *Forwarder) accept(reserved reservation, messages []queue.Message) {
	f.metrics.received.Add(float64(len(messages)))
	added := f.leases.add(reserved, messages, f.options.Event)
	if f.options.Trace != nil {
		for _, m := range added {
			m.span = f.options.Trace(&m.Message, &m.event)
		}
	}
	f.enqueue(added)
}
