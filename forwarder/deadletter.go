package forwarder

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// doubt keeps a job whose first event is refused before anything was delivered, until it is known whether the event or
// the format is wrong: something is delivered, others are refused alike, or neither for a while.
func (f *Forwarder) doubt(j job, verdict sink.Verdict) {
	go func() { // the leases are kept, so Run waits for it
		waiting, cancel := context.WithTimeout(f.draining, maxDoubt)
		defer cancel()
		select {
		case <-f.breaker.decided:
		case <-waiting.Done():
		}
		switch {
		case f.draining.Err() != nil:
			f.leave(j)
		case !f.breaker.ownRefusal():
			f.pool.put(j)
		case f.refuse(j, verdict):
			f.resume(j)
		}
	}()
}

// refuse settles a job's first event, which the receiver will never take. It returns false when somebody else goes on
// with the job.
func (f *Forwarder) refuse(j job, verdict sink.Verdict) bool {
	m := j.messages[0]
	if !f.leases.valid(m) {
		f.leave(j)
		return false
	}
	f.metrics.refused.Inc()
	log := f.log.With(
		m.field(), zap.String("type", m.event.Type), zap.Int("status", verdict.Status), zap.String("reason", verdict.Reason),
	)
	if f.options.DeadLetters == nil {
		log.Warn("receiver refuses the event: left to the queue's redrive policy", zap.Int("receives", m.Receives))
		f.leaveToRedrive(j)
		return false
	}
	switch err := f.deadLetter(m, verdict); {
	case errors.Is(err, queue.ErrTooLarge):
		log.Error("receiver refuses the event and it is too large for the dead-letter queue: left to the queue's "+
			"redrive policy",
			zap.Int("receives", m.Receives), m.errorField(err))
		f.leaveToRedrive(j)
		return false
	case err != nil:
		log.Error("receiver refuses the event and the dead-letter queue does not take it, will try again", m.errorField(err))
		go f.deadLetterLater(j, verdict) // the leases are kept, so Run waits for it
		return false
	}
	log.Warn("receiver refuses the event: it is in the dead-letter queue")
	return true
}

// leaveToRedrive ends a job whose first event comes again when its visibility timeout ends, until it has been received
// too often; in a sequence, the rest comes after it.
func (f *Forwarder) leaveToRedrive(j job) {
	f.drop(j.messages[0])
	j.messages = j.messages[1:]
	f.leave(j)
}

func (f *Forwarder) deadLetter(m *lease, verdict sink.Verdict) error {
	err := f.options.DeadLetters.DeadLetter(f.sending, &m.Message, map[string]string{
		"status": strconv.Itoa(verdict.Status), "reason": verdict.Reason,
		"event-id": m.event.ID, "event-type": m.event.Type, "message-id": m.ID,
	})
	if err == nil {
		f.deletes.put(m)
	}
	return err
}

// deadLetterLater tries again to put a job's first message into the dead-letter queue, and then goes on with the job.
// No worker does it: a dead-letter queue that is away must delay no event that the receiver takes.
func (f *Forwarder) deadLetterLater(j job, verdict sink.Verdict) {
	m := j.messages[0]
	for tries := 1; ; tries++ {
		if !Pause(f.draining, backoff(tries, time.Second, time.Minute)) || !f.leases.valid(m) {
			f.leave(j)
			return
		}
		switch err := f.deadLetter(m, verdict); {
		case err == nil:
			f.log.Warn("event that the receiver refuses is in the dead-letter queue", m.field())
			f.resume(j)
			return
		case errors.Is(err, queue.ErrTooLarge):
			f.log.Error("event that the receiver refuses is too large for the dead-letter queue: left to the queue's "+
				"redrive policy",
				m.field(), m.errorField(err))
			f.leaveToRedrive(j)
			return
		}
	}
}

// resume goes on with a job after its first message is settled.
func (f *Forwarder) resume(j job) {
	if j.messages, j.tries = j.messages[1:], 0; len(j.messages) > 0 {
		f.pool.put(j)
	}
}
