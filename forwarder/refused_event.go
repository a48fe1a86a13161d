package forwarder

import (
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// handleRefused settles a job's first event, which the receiver will never accept, by sending it to the dead-letter
// queue. It runs in a goroutine of its own and tries again until that queue accepts the event. Meanwhile only the later
// events of the same job wait, which belong to the same message group.
func (f *Forwarder) handleRefused(j job, verdict sink.Verdict) {
	m := j.unit[0]
	f.metrics.refused.Inc()
	log := f.log.With(
		m.field(), zap.String("type", m.event.Type), zap.Int("status", verdict.Status), zap.String("reason", verdict.Reason),
	)
	what := "receiver refuses the event" // 'stack status' quotes this text
	if verdict.Status == 0 {
		what = "event cannot be encoded"
	}
	if f.options.DeadLetter == nil {
		log.Warn(what+": left to the queue's redrive policy", zap.Int("receives", m.Receives))
		f.leaveToRedrive(j)
		return
	}
	for tries := 1; f.leases.valid(m); tries++ {
		err := f.sendDeadLetter(m, verdict)
		switch {
		case err == nil:
			log.Warn(what + ": it is in the dead-letter queue")
			f.deletes <- m
			f.pool.put(j.rest())
			return
		case errors.Is(err, queue.ErrTooLarge):
			log.Error(what+" and it is too large for the dead-letter queue: left to the queue's redrive policy",
				zap.Int("receives", m.Receives), m.errorField(err))
			f.leaveToRedrive(j)
			return
		}
		f.settleErr.Store(&err)
		if tries == 1 && f.sending.Err() == nil {
			log.Error("cannot send the refused event to the dead-letter queue, will try again", m.errorField(err))
			j.detach()
			f.unsettled.Add(1)
			defer f.unsettled.Add(-1)
		}
		if !pause(f.receiving, backoff(tries, time.Second, time.Minute)) {
			break
		}
	}
	f.releaseJob(j)
}

// sendDeadLetter tries once to send a message to the dead-letter queue, as soon as fewer than maxCalls are in progress.
func (f *Forwarder) sendDeadLetter(m *leasedMessage, verdict sink.Verdict) error {
	if err := f.deadLetterCalls.Acquire(f.sending, 1); err != nil {
		return err
	}
	defer f.deadLetterCalls.Release(1)
	return f.options.DeadLetter(f.sending, &m.Message, map[string]string{
		"status": strconv.Itoa(verdict.Status), "reason": verdict.Reason,
		"event-id": m.event.ID, "event-type": m.event.Type, "message-id": m.ID,
	})
}

// leaveToRedrive gives a job up without releasing its first message, which becomes visible again each time its
// visibility timeout ends, until the redrive policy moves it. The rest of the job is released.
func (f *Forwarder) leaveToRedrive(j job) {
	f.leases.remove(j.unit[0])
	f.releaseJob(j.rest())
}
