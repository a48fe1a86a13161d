package forwarder

import (
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// jobs divides a receive into what is delivered independently: every message by itself; all as one array where the sink takes
// arrays; the messages of a group as a sequence where order counts.
func (f *Forwarder) jobs(messages []*held) []job {
	if f.Arrays && !f.Ordered {
		return []job{{messages: messages, together: true}}
	}
	jobs := make([]job, 0, len(messages))
	if !f.Ordered {
		for i := range messages {
			jobs = append(jobs, job{messages: messages[i : i+1]})
		}
		return jobs
	}
	ofGroup := map[string]int{}
	for _, m := range messages {
		i, known := ofGroup[m.Group]
		if !known {
			i = len(jobs)
			ofGroup[m.Group] = i
			jobs = append(jobs, job{})
		}
		jobs[i].messages = append(jobs[i].messages, m)
	}
	return jobs
}

// deliver does a job: until all is settled, or the receiver wants to be asked again later, or the forwarder stops.
func (f *Forwarder) deliver(j job) {
	for len(j.messages) > 0 {
		unit := j.messages
		if !j.together {
			unit = unit[:1]
		}
		verdict, err := f.try(unit)
		if err != nil {
			f.leave(j) // in a sequence, what follows must not overtake what was left
			return
		}
		switch verdict.Fate {
		case sink.Delivered:
			f.delivered(unit)
		case sink.Refused:
			if len(unit) > 1 {
				f.apart(unit) // one of them is refused, and the receiver does not say which
			} else if !f.refuse(j, verdict) {
				return
			}
		default:
			f.again(j, verdict)
			return
		}
		j.messages, j.tries = j.messages[len(unit):], 0
	}
	f.working.Done()
}

// try sends once, when the gate is open.
func (f *Forwarder) try(unit []*held) (sink.Verdict, error) {
	probe, err := f.gate.enter(f.draining)
	if err != nil {
		return sink.Verdict{}, err
	}
	if f.sending.Err() != nil || !f.ours(unit) {
		f.gate.skip(probe)
		return sink.Verdict{}, errStopped
	}
	started := time.Now()
	verdict := f.send(unit)
	took := time.Since(started)
	f.metrics.sent(verdict, took)
	f.gate.leave(unit[0].ID, probe, verdict)
	if !probe { // which says that the receiver is away or back, and nothing of how much it takes
		f.crew.learn(verdict, took)
	}
	return verdict, nil
}

// arrayTries is how often an array is sent as one. When it fails while others do not, one of its events is the reason: sent one by one
// that event holds up none of the others, and the receiver, which may have taken some before it, does not get those again and again.
const arrayTries = 2

// again does a job once more: at once when the gate has closed, which then sets the pace, else after a while.
func (f *Forwarder) again(j job, verdict sink.Verdict) {
	f.metrics.retried.Add(float64(len(j.messages)))
	if f.gate.health() != nil {
		f.crew.put(j) // and is not counted: an outage says nothing of this job
		return
	}
	j.tries++
	if j.tries == 1 && f.draining.Err() == nil {
		f.Log.Info("event is not delivered yet, trying on", j.messages[0].field(), zap.String("reason", verdict.Reason))
	}
	if j.together && j.tries == arrayTries {
		f.apart(j.messages)
		f.working.Done()
		return
	}
	wait := max(verdict.RetryAfter, backoff(j.tries, 100*time.Millisecond, 30*time.Second))
	go func() { // working is held, so somebody waits for it
		if pause(f.draining, wait) {
			f.crew.put(j)
		} else {
			f.leave(j)
		}
	}()
}

// apart makes each message a job of its own.
func (f *Forwarder) apart(unit []*held) {
	f.working.Add(len(unit))
	for i := range unit {
		f.crew.put(job{messages: unit[i : i+1]})
	}
}

func (f *Forwarder) send(unit []*held) sink.Verdict {
	events := make([]*event.Event, len(unit))
	for i, m := range unit {
		events[i] = &m.event
		if m.span != nil {
			m.span.Try()
		}
	}
	verdict := f.Sink.Send(f.sending, events...)
	for _, m := range unit {
		if m.span != nil {
			m.span.Tried(verdict)
		}
	}
	return verdict
}

// ours tells whether all of a unit may still be delivered by us: others cannot see it, and it has not been held for too long.
func (f *Forwarder) ours(unit []*held) bool {
	for _, m := range unit {
		if time.Since(m.Received) > maxHold {
			f.Log.Warn("message has been held for as long as SQS allows: giving it back", m.field())
			return false
		}
		if !f.held.isOurs(m) {
			return false
		}
	}
	return true
}

// leave ends a job undone: what is still ours is given back.
func (f *Forwarder) leave(j job) {
	for _, m := range j.messages {
		if f.held.isOurs(m) {
			f.releases.put(m)
		} else {
			f.drop(m)
		}
	}
	f.working.Done()
}

func (f *Forwarder) delivered(unit []*held) {
	now := time.Now()
	for _, m := range unit {
		f.metrics.delivered.Inc()
		f.metrics.age(now, m)
		if line := f.Log.Check(zap.DebugLevel, "event is delivered"); line != nil {
			line.Write(m.field(), zap.String("type", m.event.Type))
		}
		f.deletes.put(m)
	}
}
