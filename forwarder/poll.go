package forwarder

import (
	"context"
	"errors"
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

// run returns when ctx has ended and every receive has returned.
func (p *pollers) run(ctx context.Context, poll func(context.Context)) {
	p.start(ctx, poll, 0)
	p.group.Wait()
}

// mostReceiving bounds the memory for answers that are under way: large events fill a receiver with fewer pollers.
const mostReceiving = 4 << 20

// start adds a poller if there may be one more; size is that of the bodies that one receive brings.
func (p *pollers) start(ctx context.Context, poll func(context.Context), size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active >= p.max || p.active > 1 && (p.active+1)*size > mostReceiving || ctx.Err() != nil {
		return
	}
	p.active++
	p.gauge.Set(float64(p.active))
	p.group.Go(func() { poll(ctx) })
}

// retire tells a poller whether it may end: the last one may only when ctx has ended.
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

// maxRest is the longest time between two receives that fail: one poller is left then, and the queue's return is to be seen in seconds.
const maxRest = 5 * time.Second

// drainReceives is how long receives that are under way at the end may take. Under load they come back in milliseconds; a long
// poll of an empty queue is cut off then. A receive cut off at the wrong moment leaves its messages invisible for their timeout.
const drainReceives = time.Second

// poll receives until there is less to do than there are pollers for.
func (f *Forwarder) poll(ctx context.Context) {
	receiving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainReceives, cancel) })()
	var failures int
	pace := pace{most: f.Linger}
	for f.gate.waitOpen(ctx) && f.room.Acquire(ctx, f.batch()) == nil {
		messages, err := f.Source.Receive(receiving, int(f.batch()), f.Wait)
		f.room.Release(f.batch() - int64(len(messages)))
		f.accept(messages)
		if err != nil && ctx.Err() == nil {
			failures++
			f.metrics.receiveFailures.Inc()
			if f.pollers.report(err) {
				f.Log.Warn("queue gives no messages, trying on", zap.Error(err))
			}
			if f.pollers.retire(ctx) {
				return
			}
			pause(ctx, backoff(failures, time.Second, maxRest))
			continue
		}
		failures = 0
		if err == nil {
			f.metrics.receives.Inc()
		}
		if ctx.Err() == nil && f.pollers.report(nil) {
			f.Log.Info("queue gives messages again")
		}
		if !f.next(ctx, messages, &pace) {
			return
		}
	}
	f.pollers.retire(ctx)
}

// next decides, after a receive, on more pollers or fewer, and puts the next receive off.
func (f *Forwarder) next(ctx context.Context, messages []queue.Message, p *pace) bool {
	n, full := len(messages), int(f.batch())
	wait := p.after(n, full)
	switch {
	case n <= full/2 && f.pollers.retire(ctx):
		return false
	case wait > 0:
		pause(ctx, wait)
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

// pace puts receives off, by at most the linger time, for as long as it takes a full one to gather: a long poll comes back with the first
// message, and a receive costs the same whether it brings one or ten.
type pace struct {
	most, wait time.Duration
}

const (
	leastPace = time.Millisecond // shorter waits are none: there is a backlog
	hasten    = 0.7              // after a full receive, which may have left some behind
	slacken   = 1.2              // after one that was not
)

func (p *pace) after(n, full int) time.Duration {
	switch {
	case p.most == 0 || n == 0: // an empty receive has waited long enough
		return 0
	case n == full:
		p.wait = time.Duration(float64(p.wait) * hasten)
	case p.wait == 0:
		p.wait = p.most
	case n < full*9/10:
		p.wait = min(p.most, time.Duration(float64(p.wait)*slacken))
	}
	if p.wait < leastPace {
		p.wait = 0
	}
	return p.wait
}

func (f *Forwarder) batch() int64 { return int64(min(queue.MaxBatch, f.MaxInFlight)) }

// accept holds the messages and starts their delivery.
func (f *Forwarder) accept(messages []queue.Message) {
	if len(messages) == 0 {
		return
	}
	f.metrics.received.Add(float64(len(messages)))
	added := f.held.add(messages, f.Event)
	f.trace(added)
	for _, j := range f.jobs(added) {
		f.working.Add(1)
		f.crew.put(j)
	}
}

func (f *Forwarder) trace(added []*held) {
	if f.Trace == nil {
		return
	}
	for _, m := range added {
		m.span = f.Trace(&m.Message, &m.event)
	}
}

var errStopped = errors.New("forwarder is stopping")

// pause waits; it returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
