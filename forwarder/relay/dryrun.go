package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// dryRun shows events as it receives them. The forwarder, which has no sink then, keeps them invisible until its end
// and releases them, so that each is received once and shown once: released at once, they would come again and again,
// until the queue's redrive policy made dead letters of them.
type dryRun struct {
	forwarder.Source
	event       func(*queue.Message) event.Event
	out         io.Writer
	log         *zap.Logger
	max         int // events
	maxReceives int // of the redrive policy, 0 when there is none

	shown int
}

// showOnly is the run that sends and deletes nothing.
func showOnly(
	ctx context.Context, s *Settings, source *queue.Queue, out io.Writer, log *zap.Logger, registry *prometheus.Registry,
) error {
	d := &dryRun{
		Source: source, event: s.toEvent(), out: out, log: log, max: s.MaxInFlight, maxReceives: source.MaxReceives,
	}
	f := forwarder.New(d.options(s, source.Visibility, registry))
	health := func() forwarder.Health { return forwarder.Health{Queue: f.Health().Queue} }
	stopAdmin, err := serveAdmin(s.AdminAddr, registry, newFeed(nil), health, log)
	if err != nil {
		return err
	}
	defer stopAdmin()
	log.Info("dry run: events are shown, not sent and not deleted; each is received once, which counts towards the "+
		"queue's maxReceiveCount, stays hidden from other readers, and is released at the end",
		zap.String("queue", source.URL), zap.Bool("fifo", source.FIFO), zap.Int("max_events", d.max),
		zap.Int("max_receives", d.maxReceives))
	f.Run(ctx)
	log.Info("events that were shown are released", zap.Int("events", d.shown))
	return nil
}

func (d *dryRun) options(s *Settings, visibility time.Duration, registry prometheus.Registerer) forwarder.Options {
	return forwarder.Options{
		Source: d, Visibility: visibility, Wait: time.Duration(s.Duration) * time.Second,
		Event:       func(m *queue.Message) event.Event { return event.Event{ID: m.ID} },
		MaxInFlight: d.max + queue.MaxBatch, // the last receive asks for fewer than it reserves
		MaxPollers:  1, ShutdownTimeout: s.ShutdownTimeout, Log: d.log, Metrics: registry,
	}
}

// Receive implements forwarder.Source. It returns messages without their bodies, which may be large and are of no more
// use.
func (d *dryRun) Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Message, error) {
	left := d.max - d.shown
	if left <= 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	messages, err := d.Source.Receive(ctx, min(limit, left), wait)
	for i := range messages {
		m := &messages[i]
		d.show(m)
		*m = queue.Message{ID: m.ID, Receipt: m.Receipt, Received: m.Received}
	}
	d.shown += len(messages)
	if d.shown >= d.max {
		d.log.Warn("as many events are shown as MAX_IN_FLIGHT allows: receiving no more", zap.Int("shown", d.shown))
	}
	return messages, err
}

func (d *dryRun) show(m *queue.Message) {
	e := d.event(m)
	head := fmt.Sprintf("%s  %-20s  %s  %s", e.Time.Format(time.RFC3339), e.Type, e.ID, e.Subject)
	_, _ = fmt.Fprintf(d.out, "%s\n%s\n", terminal.Line(head), shown(&e))
	if d.maxReceives > 0 && m.Receives >= d.maxReceives {
		d.log.Warn("event has been received as often as the queue's redrive policy allows: the next receive makes it a "+
			"dead letter",
			zap.String("id", e.ID))
	}
}

// shown is an event's data for a terminal: JSON on one line, still JSON.
func shown(e *event.Event) string {
	var line bytes.Buffer
	if json.Compact(&line, e.Data) == nil {
		return string(terminal.JSON(line.Bytes()))
	}
	return terminal.Lines(string(e.Data))
}
