package forwarder

import (
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// enqueue divides the messages of one receive into jobs that are delivered independently: one for each message, one for
// each array if the sink accepts arrays, or one for each message group if the order must be kept.
func (f *Forwarder) enqueue(messages []*leasedMessage) {
	switch {
	case f.options.Ordered:
		groups := map[string][]*leasedMessage{}
		for _, m := range messages {
			groups[m.Group] = append(groups[m.Group], m)
		}
		for _, group := range groups {
			f.pool.put(job{unit: group[:1], later: group[1:]})
		}
	case f.options.Arrays:
		f.split(messages, f.rate.Burst())
	default:
		f.split(messages, 1)
	}
}

// split queues the messages as jobs with at most size messages each.
func (f *Forwarder) split(messages []*leasedMessage, size int) {
	for unit := range slices.Chunk(messages, size) {
		f.pool.put(job{unit: unit})
	}
}

// deliver is called by a worker: it sends the job's next request, unless nothing may be sent now.
func (f *Forwarder) deliver(j job) {
	phase := f.breaker.phase.Load()
	switch {
	case phase.open && f.receiving.Err() != nil, f.sending.Err() != nil:
		f.releaseJob(j)
	case phase.open:
		f.pool.put(j) // for the probe, or for the first worker when the breaker is closed
		phase.wait(f.receiving, forever)
	case f.waitForRate(phase, len(j.unit)):
		f.attempt(j, false)
	default:
		f.pool.put(j) // the breaker is open or sending has ended
	}
}

// attempt sends the next request of a job once and acts on the verdict. What is left of the job is put back. If nothing
// is sent, because a lease has expired, it returns false.
func (f *Forwarder) attempt(j job, probe bool) (sent bool) {
	switch expired := slices.ContainsFunc(j.unit, f.mustNotSend); {
	case expired && len(j.unit) > 1:
		f.split(j.unit, 1) // the others are still delivered
		return false
	case expired:
		f.releaseJob(j) // in a message group, later messages must not overtake this one
		return false
	}
	started := time.Now()
	if probe {
		f.rate.ReserveN(started, len(j.unit)) // counts, but does not wait
	}
	verdict := f.send(j.unit)
	took := time.Since(started)
	f.metrics.requests.WithLabelValues(verdict.Fate.String()).Observe(took.Seconds())
	// cut off by the shutdown, so it says nothing about the receiver
	if verdict.Fate == sink.Unavailable && f.sending.Err() != nil {
		f.releaseJob(j)
		return true
	}
	act := f.breaker.record(j, probe, started, verdict)
	if !probe { // a probe shows whether the receiver is back, not how many requests it can handle
		f.metrics.limit.Set(float64(f.pool.learn(verdict, took)))
	}
	switch {
	case act == retryEvents:
		f.retry(j, verdict)
	case act == splitEvents:
		f.metrics.retried.Add(float64(len(j.unit)))
		f.split(j.unit, 1)
	case act == holdEvents:
		f.metrics.retried.Add(float64(len(j.unit)))
		f.pool.put(j) // the attempt is not counted: an outage says nothing about this job
	case verdict.Fate == sink.Delivered:
		f.delivered(j.unit)
		f.pool.put(j.rest())
	default:
		go f.handleRefused(j, verdict) // so that no worker waits for the dead-letter queue
	}
	return true
}

func (f *Forwarder) send(unit []*leasedMessage) sink.Verdict {
	events := make([]*event.Event, len(unit))
	for i, m := range unit {
		events[i] = &m.event
		if m.span != nil {
			m.span.StartAttempt()
		}
	}
	verdict := f.options.Sink.Send(f.sending, events...)
	for _, m := range unit {
		if m.span != nil {
			m.span.EndAttempt(verdict)
		}
	}
	return verdict
}

// mustNotSend reports whether the lease of a message is lost, or the message has been held for 11 hours.
func (f *Forwarder) mustNotSend(m *leasedMessage) bool {
	return time.Since(m.Received) > maxLease || !f.leases.valid(m)
}

// releaseJob makes the job's messages visible again, except for those whose lease is lost: these are only forgotten.
func (f *Forwarder) releaseJob(j job) {
	for _, m := range slices.Concat(j.unit, j.later) {
		if !f.leases.valid(m) {
			f.leases.remove(m)
			continue
		}
		if time.Since(m.Received) > maxLease {
			f.log.Warn("message has been held for 11 hours, and SQS allows 12: releasing it", m.field())
		}
		f.releases <- m
	}
}

func (f *Forwarder) delivered(unit []*leasedMessage) {
	now := time.Now()
	for _, m := range unit {
		f.metrics.delivered.Inc()
		f.metrics.eventAge.Observe(now.Sub(m.event.Time).Seconds())
		f.metrics.messageAge.Observe(now.Sub(m.Sent).Seconds())
		if line := f.log.Check(zap.DebugLevel, "event is delivered"); line != nil {
			line.Write(m.field(), zap.String("type", m.event.Type))
		}
		f.deletes <- m
	}
}
