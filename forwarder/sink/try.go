package sink

import (
	"context"
	"io"
	"net/http"
	"time"
)

// timed bounds the time of net/http's requests, from dialling to the end of the answer.
type timed struct {
	*http.Transport
	tries tries
}

// RoundTrip implements http.RoundTripper.
func (t *timed) RoundTrip(request *http.Request) (*http.Response, error) {
	try := t.tries.begin(request.Context())
	response, err := t.Transport.RoundTrip(request.WithContext(try.ctx))
	if err != nil {
		t.tries.end(try)
		return nil, err
	}
	response.Body = &timedBody{ReadCloser: response.Body, end: func() { t.tries.end(try) }}
	return response, nil
}

// timedBody is closed once.
type timedBody struct {
	io.ReadCloser
	end func()
}

// Close implements io.Closer.
func (b *timedBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

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
