package queue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// TestClockOfAWS sets the clocks apart and together again; each call is made by one whose clock was right a moment ago.
func TestClockOfAWS(t *testing.T) {
	for name, steps := range map[string][]time.Duration{
		"wrong, then right": {10 * time.Minute, 0},
		"late, then early":  {-time.Hour, 20 * time.Minute, -20 * time.Minute},
		"ten years":         {87_600 * time.Hour, 0, -time.Hour},
		"a little, then more": {
			3 * time.Minute, 6 * time.Minute, 9 * time.Minute, 12 * time.Minute, 3 * time.Minute, -2 * time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := queuetest.New()
				g := newGuard(s)
				there := s.Create("q", queuetest.Queue{})
				config := configFor(s)
				config.HTTPClient = g
				q, err := Open(t.Context(), config, Options{URL: there.URL, DeadLetterURL: s.Create("dead", queuetest.Queue{}).URL})
				if err != nil {
					t.Fatal(err)
				}
				for _, ahead := range append(steps, 0) {
					g.set(func() { g.ahead = ahead })
					everyCall(t, q, there, "ahead by "+ahead.String())
				}
			})
		})
	}
}
