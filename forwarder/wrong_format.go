package forwarder

import (
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

const (
	// minRefused is how many different events must be refused before the first delivery for the format to count as wrong.
	minRefused = 3
	// maxEarlyRetries is how many times an event that is refused before the first delivery is sent again until the
	// refusal is final. That takes about ten seconds, in which other events show whether the format is wrong.
	maxEarlyRetries = 7
)

// refusal decides on an event that the receiver will never accept. Before the first delivery the format may be the
// reason.
func (b *breaker) refusal(j job, started time.Time, probe bool, v sink.Verdict) action {
	early := !b.delivered && v.MayBeFormat()
	if early && len(b.refused) < minRefused {
		b.refused[j.messages[0].ID] = struct{}{}
	}
	if early && len(b.refused) >= minRefused {
		b.failure(started, probe, v)
		return holdEvents
	}
	b.answer(started)
	if early && j.tries < maxEarlyRetries {
		return retryEvents
	}
	return settleEvents
}

// answer records a refusal as a success, because a receiver that refuses an event is there. While the breaker is open
// because every event is refused, another refusal changes nothing.
func (b *breaker) answer(started time.Time) {
	if !b.isWrongFormat() {
		b.success(started)
	}
}

// isWrongFormat reports whether the breaker is open because every event is refused.
func (b *breaker) isWrongFormat() bool { return b.isOpen() && b.cause.Fate == sink.Refused }
