package sink

import (
	"context"
	"time"
)

// tries bounds the time of requests. A context.WithTimeout for each would take a lock that all share, a timer and a channel
// every time; here a context is used again until its time has run out once.
type tries struct {
	timeout time.Duration
	free    chan *try
}

// try is one request's time.
type try struct {
	parent, ctx context.Context
	cancel      context.CancelCauseFunc
	timer       *time.Timer
}

func newTries(timeout time.Duration, keep int) tries {
	return tries{timeout: timeout, free: make(chan *try, keep)}
}

// begin starts the time of a request made under ctx.
func (t *tries) begin(ctx context.Context) *try {
	for {
		select {
		case one := <-t.free:
			if one.parent == ctx {
				one.timer.Reset(t.timeout)
				return one
			}
			one.cancel(nil)
		default:
			one := &try{parent: ctx}
			one.ctx, one.cancel = context.WithCancelCause(ctx)
			one.timer = time.AfterFunc(t.timeout, func() { one.cancel(context.DeadlineExceeded) })
			return one
		}
	}
}

// end keeps what can be used again.
func (t *tries) end(one *try) {
	if one.timer.Stop() && one.ctx.Err() == nil {
		select {
		case t.free <- one:
			return
		default:
		}
	}
	one.cancel(nil)
}
