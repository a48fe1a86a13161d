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
func (f *Forwarder) enqueue(messages []*lease) {
	switch {
	case f.options.Ordered:
		groups := map[string][]*lease{}
		for _, m := range messages {
			groups[m.Group] = append(groups[m.Group], m)
		}
		for _, group := range groups {
			f.pool.put(job{messages: group})
		}
	case f.options.Arrays:
		for array := range slices.Chunk(messages, f.rate.Burst()) {
			f.pool.put(job{messages: array, together: true})
		}
	default:
		f.split(messages)
	}
}

// deliver is called by a worker. It returns when the whole job is settled or another goroutine has taken it over.
func (f *Forwarder) deliver(j job) {
	for len(j.messages) > 0 {
		phase := f.breaker.phase.Load()
		switch {
		case phase.open && f.receiving.Err() != nil, f.sending.Err() != nil:
			f.releaseJob(j)
			return
		case phase.open:
			f.pool.put(j) // for the probe, or for the first worker when the breaker is closed
			phase.wait(f.receiving, forever)
			return
		}
		if !f.waitForRate(phase, len(j.next())) {
			continue
		}
		if j = f.dropExpired(j); len(j.messages) > 0 {
			j = f.attempt(j, false)
		}
	}
}

// attempt sends the next request of a job once and acts on the verdict. It returns the rest of the job, with which the
// caller has to continue.
func (f *Forwarder) attempt(j job, probe bool) (left job) {
	unit := j.next()
	started := time.Now()
	verdict := f.send(unit)
	took := time.Since(started)
	f.metrics.requests.WithLabelValues(verdict.Fate.String()).Observe(took.Seconds())
	// cut off by the shutdown, so it says nothing about the receiver
	if verdict.Fate == sink.Unavailable && f.sending.Err() != nil {
		f.releaseJob(j)
		return job{}
	}
	act := f.breaker.record(j, started, probe, verdict)
	if !probe { // a probe shows whether the receiver is back, not how many requests it can handle
		f.metrics.limit.Set(float64(f.pool.learn(verdict, took)))
	}
	switch act {
	case retryEvents:
		f.retry(j, verdict)
		return job{}
	case splitEvents:
		f.split(unit)
		return job{}
	case holdEvents:
		f.metrics.retried.Add(float64(len(unit)))
		f.pool.put(j) // the attempt is not counted: an outage says nothing about this job
		return job{}
	}
	if verdict.Fate == sink.Delivered {
		f.delivered(unit)
	} else if !f.refuse(j, verdict, 1) {
		return job{}
	}
	return j.after(len(unit))
}

func (f *Forwarder) send(unit []*lease) sink.Verdict {
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

// dropExpired takes out of the job the messages that this forwarder must no longer send, and releases them: their lease
// is lost, or they have been held for 11 hours. In an ordered job (of a message group) the later messages must not
// overtake them, so the whole job is released.
func (f *Forwarder) dropExpired(j job) job {
	if !slices.ContainsFunc(j.next(), f.mustNotSend) {
		return j
	}
	if f.options.Ordered {
		f.releaseJob(j)
		return job{}
	}
	var kept []*lease
	for _, m := range j.messages {
		if f.mustNotSend(m) {
			f.releaseJob(job{messages: []*lease{m}})
		} else {
			kept = append(kept, m)
		}
	}
	j.messages = kept
	return j
}

func (f *Forwarder) mustNotSend(m *lease) bool {
	return time.Since(m.Received) > maxLease || !f.leases.valid(m)
}

// releaseJob makes the job's messages visible again, except for those whose lease is lost: these are only forgotten.
func (f *Forwarder) releaseJob(j job) {
	for _, m := range j.messages {
		if !f.leases.valid(m) {
			f.endLease(m)
			continue
		}
		if time.Since(m.Received) > maxLease {
			f.log.Warn("message has been held for 11 hours, and SQS allows 12: releasing it", m.field())
		}
		f.releases.put(m)
	}
}

func (f *Forwarder) delivered(unit []*lease) {
	now := time.Now()
	for _, m := range unit {
		f.metrics.delivered.Inc()
		f.metrics.eventAge.Observe(now.Sub(m.event.Time).Seconds())
		f.metrics.messageAge.Observe(now.Sub(m.Sent).Seconds())
		if line := f.log.Check(zap.DebugLevel, "event is delivered"); line != nil {
			line.Write(m.field(), zap.String("type", m.event.Type))
		}
		f.deletes.put(m)
	}
}
