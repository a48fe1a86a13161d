package forwarder

import (
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// refuse sets a job's first event aside, which the receiver will never take. It returns false when somebody else goes on with the job.
func (f *Forwarder) refuse(j job, verdict sink.Verdict) bool {
	m := j.messages[0]
	f.metrics.refused.Inc()
	log := f.Log.With(m.field(), zap.String("type", m.event.Type), zap.Int("status", verdict.Status), zap.String("reason", verdict.Reason))
	if f.DeadLetters == nil {
		// It comes again when its visibility timeout ends, until it has been received too often; in a sequence, the rest after it.
		log.Warn("receiver refuses the event: left to the queue's redrive policy", zap.Int("receives", m.Receives))
		f.drop(m)
		j.messages = j.messages[1:]
		f.leave(j)
		return false
	}
	if err := f.deadLetter(m, verdict); err != nil {
		log.Error("receiver refuses the event and the dead-letter queue does not take it, trying on", zap.Error(err))
		go f.setAside(j, verdict) // working is held, so somebody waits for it
		return false
	}
	log.Warn("receiver refuses the event: it is in the dead-letter queue")
	return true
}

func (f *Forwarder) deadLetter(m *held, verdict sink.Verdict) error {
	err := f.DeadLetters.DeadLetter(f.sending, &m.Message, map[string]string{
		"status": strconv.Itoa(verdict.Status), "reason": verdict.Reason,
		"event-id": m.event.ID, "event-type": m.event.Type, "message-id": m.ID,
	})
	if err == nil {
		f.deletes.put(m)
	}
	return err
}

// setAside tries on to put a job's first message into the dead-letter queue, and then goes on with the job. It is not for the crew: a
// dead-letter queue that is away must hold up no event that the receiver takes.
func (f *Forwarder) setAside(j job, verdict sink.Verdict) {
	for tries := 1; ; tries++ {
		m := j.messages[0]
		if !pause(f.draining, backoff(tries, time.Second, time.Minute)) || !f.held.isOurs(m) {
			f.leave(j)
			return
		}
		if f.deadLetter(m, verdict) == nil {
			f.Log.Warn("event that the receiver refuses is in the dead-letter queue", m.field())
			break
		}
	}
	if j.messages, j.tries = j.messages[1:], 0; len(j.messages) > 0 {
		f.crew.put(j)
	} else {
		f.working.Done()
	}
}
