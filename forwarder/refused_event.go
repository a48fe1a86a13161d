package forwarder

import (
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// refuse settles a job's first event, which the receiver will never accept, by sending it to the dead-letter queue. If
// that queue cannot be reached, refuse tries again in a goroutine of its own, so that no worker waits and no other
// event is delayed. It returns false when the caller must not go on with the job, because another goroutine has taken
// it over or because it is given up.
func (f *Forwarder) refuse(j job, verdict sink.Verdict, tries int) bool {
	m := j.messages[0]
	if !f.leases.valid(m) {
		f.releaseJob(j)
		return false
	}
	if tries == 1 {
		f.metrics.refused.Inc()
	}
	log := f.log.With(
		m.field(), zap.String("type", m.event.Type), zap.Int("status", verdict.Status), zap.String("reason", verdict.Reason),
	)
	if f.options.DeadLetters == nil {
		log.Warn("receiver refuses the event: left to the queue's redrive policy", zap.Int("receives", m.Receives))
		f.leaveToRedrive(j)
		return false
	}
	err := f.options.DeadLetters.DeadLetter(f.sending, &m.Message, map[string]string{
		"status": strconv.Itoa(verdict.Status), "reason": verdict.Reason,
		"event-id": m.event.ID, "event-type": m.event.Type, "message-id": m.ID,
	})
	switch {
	case err == nil:
		log.Warn("receiver refuses the event: it is in the dead-letter queue")
		f.deletes.put(m)
		return true
	case errors.Is(err, queue.ErrTooLarge):
		log.Error("receiver refuses the event and it is too large for the dead-letter queue: left to the queue's "+
			"redrive policy",
			zap.Int("receives", m.Receives), m.errorField(err))
		f.leaveToRedrive(j)
		return false
	case tries == 1:
		log.Error("cannot send the refused event to the dead-letter queue, will try again", m.errorField(err))
	}
	go func() { // the leases are kept, so Run waits for it
		if !Pause(f.receiving, backoff(tries, time.Second, time.Minute)) {
			f.releaseJob(j)
		} else if f.refuse(j, verdict, tries+1) {
			f.pool.put(j.after(1))
		}
	}()
	return false
}

// leaveToRedrive gives a job up without releasing its first message, which becomes visible again each time its
// visibility timeout ends, until the redrive policy moves it. The rest of the job is released.
func (f *Forwarder) leaveToRedrive(j job) {
	f.endLease(j.messages[0])
	f.releaseJob(j.after(1))
}
