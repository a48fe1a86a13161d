package relay

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// display is the receiver of a dry run: it shows an event and keeps it until the end, so that the message is held, received
// once, and given back.
type display struct {
	mu   sync.Mutex
	out  io.Writer
	stop context.Context
}

// Send implements forwarder.Sink.
func (d *display) Send(ctx context.Context, events ...*event.Event) sink.Verdict {
	for _, e := range events {
		d.show(e)
	}
	select {
	case <-d.stop.Done():
	case <-ctx.Done():
	}
	return sink.Verdict{Fate: sink.Unavailable, Reason: "dry run"}
}

func (d *display) show(e *event.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = fmt.Fprintf(d.out, "%s  %-20s  %s  %s\n%s\n", e.Time.Format(time.RFC3339), e.Type, e.ID, e.Subject, e.Data)
}
