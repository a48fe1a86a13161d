package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

// fleet is the mode of -scale, with the events for one forwarder, which delivers at most MaxInFlight / Delay events a
// second. Eight of them nearly fill two cores.
var fleet = mode{Format: dispatch, Size: 700, Events: 3000, Delay: 50 * time.Millisecond, MaxInFlight: 40}

func forwarderName(i int) string { return fmt.Sprintf("forwarder-%d", i+1) }

// measureFleet makes a run with several forwarders on one queue.
func (o *options) measureFleet(ctx context.Context, m mode, forwarders int) (sample, error) {
	m.Forwarders, m.Events = forwarders, m.Events*forwarders
	var programs []launch
	for i := range forwarders {
		programs = append(programs, o.launchForwarder(0, "ORG="+forwarderName(i)))
	}
	return measure(ctx, &m, programs...)
}

// writeScale measures 1, 2, 4 and 8 forwarders and shows the curve, the median of the rounds.
func (o *options) writeScale(ctx context.Context, out io.Writer) error {
	_, err := fmt.Fprintf(out, "Each forwarder has at most %d events in flight, the receiver takes %v for each: "+
		"at most %.0f events/s a forwarder.\n\n"+
		"| forwarders | events/s | × one | shares | cores busy of %d |\n|---|---|---|---|---|\n",
		fleet.MaxInFlight, fleet.Delay, float64(fleet.MaxInFlight)/fleet.Delay.Seconds(), runtime.NumCPU())
	if err != nil {
		return err
	}
	var one figure
	for _, n := range []int{1, 2, 4, 8} {
		var r result
		for range o.rounds {
			s, err := o.measureFleet(ctx, fleet, n)
			if err != nil {
				return fmt.Errorf("%d forwarders: %w", n, err)
			}
			_, _ = fmt.Fprintf(os.Stderr, "%d forwarders: %s events/s\n", n, s[perSecond].text(0))
			r.ours = append(r.ours, s)
		}
		speed := r.median(perSecond)
		if n == 1 {
			one = speed
		}
		_, err := fmt.Fprintf(out, "| %d | %s | %s | %s–%s | %s |\n", n, speed.text(0), (speed / one).text(2),
			r.median(leastShare).text(2), r.median(mostShare).text(2), r.median(cores).text(1))
		if err != nil {
			return err
		}
	}
	return nil
}
