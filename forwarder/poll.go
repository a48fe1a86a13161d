package forwarder

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// pollers runs one poller for as long as there is little to do, and up to max while receives come back full.
type pollers struct {
	max   int
	gauge prometheus.Gauge

	mu     sync.Mutex
	active int
	err    error
	group  sync.WaitGroup
}

// maxReceiving bounds the memory for answers that are under way: large events fill a receiver with fewer pollers.
const maxReceiving = 4 << 20

// start adds a poller if there may be one more; size is that of the bodies that one receive brings.
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

// retire reports whether a poller may end: the last one may do so only when ctx has ended.
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

// report keeps the outcome of the last receive; it returns true when that is news.
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

// maxPause is the longest time between two receives that fail: one poller is left then, and the queue's return must be
// seen within seconds.
const maxPause = 5 * time.Second

// Pauses after empty receives that came back at once: a queue that is asked without a long poll answers as often as it
// is asked, and each answer is billed.
const (
	minEmpty = 20 * time.Millisecond
	maxEmpty = time.Second
)

// poll receives until there is less to do than there are pollers for.
func (f *Forwarder) poll(ctx context.Context) {
	receiving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(f.options.drainTime(), cancel) })()
	var failures int
	gather := gather{max: f.options.Linger}
	for f.breaker.waitToReceive(ctx) {
		reserved, ok := f.leases.reserve(ctx)
		if !ok {
			break
		}
		began := time.Now()
		wait := f.options.Wait
		if failures > 0 { // the queue's return is to be seen soon, also when there is no message
			wait = min(wait, time.Second)
		}
		messages, err := f.options.Source.Receive(receiving, reserved.messages, wait)
		f.accept(reserved, messages)
		if err == nil {
			f.metrics.receives.Inc()
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failures++
			f.metrics.receiveFailures.Inc()
			if f.pollers.report(err) {
				f.log.Warn("cannot receive from the queue, will try again", zap.Error(err))
			}
			if f.pollers.retire(ctx) {
				return
			}
			Pause(ctx, backoff(failures, time.Second, maxPause))
			continue
		}
		failures = 0
		if f.pollers.report(nil) {
			f.log.Info("can receive from the queue again")
		}
		if !f.next(ctx, messages, reserved.messages, time.Since(began), &gather) {
			return
		}
	}
	if receiving.Err() != nil {
		// The queue may not have noticed yet that nobody waits any more: it would give what is released now to this receive.
		Pause(context.WithoutCancel(ctx), min(200*time.Millisecond, f.options.drainTime()/5))
	}
	f.pollers.retire(ctx)
}

// next decides, after a receive, on more pollers or fewer, and puts the next receive off.
func (f *Forwarder) next(ctx context.Context, messages []queue.Message, full int, took time.Duration, g *gather) bool {
	n := len(messages)
	wait := g.after(n, full, took)
	switch {
	case n <= full/2 && f.pollers.retire(ctx):
		return false
	case wait > 0:
		Pause(ctx, wait)
	case n == full:
		f.pollers.start(ctx, f.poll, sizeOf(messages))
	}
	return true
}

func sizeOf(messages []queue.Message) (size int) {
	for i := range messages {
		size += len(messages[i].Body)
	}
	return size
}

// gather puts receives off, by at most the linger time, for as long as it takes a full one to gather: a long poll comes
// back with the first message, and a receive costs the same whether it brings one or ten. After empty ones that came
// back at once the pauses grow.
type gather struct {
	max, wait time.Duration
	empties   int // in a row
}

const (
	minGather = time.Millisecond // shorter waits are none: there is a backlog
	afterFull = 0.7              // how the wait changes after a full receive, which may have left some behind
	afterLess = 1.2              // and after one that was not
)

func (g *gather) after(n, full int, took time.Duration) time.Duration {
	if n == 0 {
		g.empties++
		return backoff(g.empties, minEmpty, maxEmpty) - took
	}
	g.empties = 0
	switch {
	case g.max == 0:
		return 0
	case n == full:
		g.wait = time.Duration(float64(g.wait) * afterFull)
	case g.wait == 0:
		g.wait = g.max
	case n < full*9/10:
		g.wait = min(g.max, time.Duration(float64(g.wait)*afterLess))
	}
	if g.wait < minGather {
		g.wait = 0
	}
	return g.wait
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
