package forwarder

import (
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// units divides a receive into what is delivered independently: every message by itself; all as one array where the sink takes arrays;
// the messages of a group as a sequence where order counts.
func (f *Forwarder) units(messages []*held) [][]*held {
	if f.Arrays && !f.Ordered {
		return [][]*held{messages}
	}
	var units [][]*held
	ofGroup := map[string]int{}
	for _, m := range messages {
		if i, known := ofGroup[m.Group]; known && f.Ordered {
			units[i] = append(units[i], m)
			continue
		}
		ofGroup[m.Group] = len(units)
		units = append(units, []*held{m})
	}
	return units
}

func (f *Forwarder) deliverUnit(unit []*held) {
	if !f.Ordered {
		f.deliver(unit)
		return
	}
	for i := range unit {
		if !f.deliver(unit[i : i+1]) {
			// What follows in the group must not overtake what was left.
			for _, m := range unit[i+1:] {
				f.giveBack(m)
			}
			return
		}
	}
}

// deliver sends messages in one request until the receiver has taken or refused them. It returns false when they were left.
func (f *Forwarder) deliver(unit []*held) bool {
	for tries := 1; ; tries++ {
		verdict, err := f.try(&unit)
		switch {
		case err != nil:
			return f.leave(unit)
		case verdict.Fate == sink.Delivered:
			f.delivered(unit)
			return true
		case verdict.Fate == sink.Refused && len(unit) > 1:
			// One of them is refused, and which one the receiver does not say.
			for i := range unit {
				f.deliver(unit[i : i+1])
			}
			return true
		case verdict.Fate == sink.Refused:
			return f.refuse(unit[0], verdict)
		}
		if !f.again(unit, verdict, tries) {
			return f.leave(unit)
		}
	}
}

// try sends once, when there is a place and the gate is open, what is then still ours of the unit.
func (f *Forwarder) try(unit *[]*held) (sink.Verdict, error) {
	if !f.limit.acquire(f.sending) {
		return sink.Verdict{}, errStopped
	}
	probe, err := f.gate.enter(f.draining)
	if err != nil {
		f.limit.release()
		return sink.Verdict{}, err
	}
	if *unit = f.ours(*unit); len(*unit) == 0 || f.sending.Err() != nil {
		f.gate.skip(probe)
		f.limit.release()
		return sink.Verdict{}, errStopped
	}
	started := time.Now()
	verdict := f.send(*unit)
	took := time.Since(started)
	f.metrics.sent(verdict, took)
	f.gate.leave((*unit)[0].ID, probe, verdict)
	f.limit.learn(verdict, took)
	return verdict, nil
}

// again waits before the next try; it returns false when the forwarder is stopping.
func (f *Forwarder) again(unit []*held, verdict sink.Verdict, tries int) bool {
	f.metrics.retried.Add(float64(len(unit)))
	if f.gate.health() != nil {
		return f.draining.Err() == nil // a closed gate sets the pace, and speaks for all
	}
	if tries == 1 && f.draining.Err() == nil {
		f.Log.Info("event is not delivered yet, trying on", unit[0].field(), zap.String("reason", verdict.Reason))
	}
	return pause(f.draining, max(verdict.RetryAfter, backoff(tries, 100*time.Millisecond, 30*time.Second)))
}

func (f *Forwarder) send(unit []*held) sink.Verdict {
	events := make([]*event.Event, len(unit))
	for i, m := range unit {
		events[i] = &m.event
	}
	return f.Sink.Send(f.sending, events...)
}

// ours drops what others can see again, and gives back what has been held for too long.
func (f *Forwarder) ours(unit []*held) []*held {
	var left []*held
	for _, m := range unit {
		switch {
		case !f.held.isOurs(m):
			f.drop(m)
		case time.Since(m.Received) > maxHold:
			f.Log.Warn("message has been held for as long as SQS allows: giving it back", m.field())
			f.giveBack(m)
		default:
			left = append(left, m)
		}
	}
	return left
}

func (f *Forwarder) leave(unit []*held) bool {
	for _, m := range unit {
		f.giveBack(m)
	}
	return false
}

func (f *Forwarder) delivered(unit []*held) {
	now := time.Now()
	for _, m := range unit {
		f.metrics.delivered.Inc()
		f.metrics.age(now, m)
		f.Log.Debug("event is delivered", m.field(), zap.String("type", m.event.Type))
		f.settled(m)
	}
}

// refuse sets an event aside that the receiver will never take. Without a dead-letter queue of our own the message is left to the
// queue's redrive policy: it comes again when its visibility timeout ends, until it has been received too often.
func (f *Forwarder) refuse(m *held, verdict sink.Verdict) bool {
	f.metrics.refused.Inc()
	log := f.Log.With(m.field(), zap.String("type", m.event.Type), zap.Int("status", verdict.Status), zap.String("reason", verdict.Reason))
	if f.DeadLetters == nil {
		log.Warn("receiver refuses the event: left to the queue's redrive policy", zap.Int("receives", m.Receives))
		f.drop(m)
		return false
	}
	why := map[string]string{
		"status": strconv.Itoa(verdict.Status), "reason": verdict.Reason,
		"event-id": m.event.ID, "event-type": m.event.Type, "message-id": m.ID,
	}
	for tries := 1; f.held.isOurs(m); tries++ {
		err := f.DeadLetters.DeadLetter(f.sending, &m.Message, why)
		if err == nil {
			log.Warn("receiver refuses the event: it is in the dead-letter queue")
			f.settled(m)
			return true
		}
		if tries == 1 {
			log.Error("receiver refuses the event and the dead-letter queue does not take it, trying on", zap.Error(err))
		}
		if !pause(f.draining, backoff(tries, time.Second, time.Minute)) {
			f.giveBack(m)
			return false
		}
	}
	f.drop(m)
	return false
}
