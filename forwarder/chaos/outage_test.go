package chaos

import (
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// TestOutage lets nothing fail but the receiver, once, for many visibility timeouts: each message is received once,
// none is a dead letter although three receives would do, and it goes on within two seconds of the receiver's return.
func TestOutage(t *testing.T) {
	lasts := *outageFlag
	if testing.Short() {
		lasts /= 2
	}
	for _, how := range []action{refuse, stallAll, say401, say429, say500} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			w := oneWorld(t, outage(how, eventsOfRound()/50, lasts))
			l := w.ledger
			if again := l.counts.again - l.counts.excused; again > 0 {
				t.Errorf("%d messages were received more than once", again)
			}
			if late := l.resumed - l.back; late > 2*time.Second && l.stalled < l.back {
				t.Errorf("it went on %s after the receiver's return", late)
			}
			if l.counts.copies > 0 {
				t.Errorf("%d dead letters", l.counts.copies)
			}
		})
	}
}

func outage(how action, events int, lasts time.Duration) *plan {
	return &plan{
		name: string(how), seed: 1, format: "dispatch", dialect: sinktest.Solo, events: events,
		visibility: 2 * time.Second, pollers: 8, maxReceives: 3,
		inFlight:    min(1000, events/5), // all worlds renew at once what they hold, which few cores have to keep up with
		sinkTimeout: 800 * time.Millisecond, shutdown: 5 * time.Second,
		receiverAway: []step{{what: how, after: events / 4, lasts: lasts}},
		bursts:       []step{{what: send, count: events}},
	}
}
