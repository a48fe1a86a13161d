package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
)

// fleet is several forwarders on one queue. One of them delivers at most MaxInFlight / Delay events a second.
type fleet struct {
	MaxInFlight int           // of each
	Delay       time.Duration // of the receiver's answer
	Events      int           // for each
}

// the fleet of -scale: eight of them nearly fill two cores.
var scaled = fleet{MaxInFlight: 40, Delay: 50 * time.Millisecond, Events: 3000}

// together is what a number of forwarders did.
type together struct {
	Forwarders int
	PerSecond  figure
	Min, Max   figure // of their shares of the work; an even share is 1
	Cores      figure // that all processes of the run kept busy
}

// measure makes a run. One in which an event is lost, or comes twice, fails.
func (f *fleet) measure(ctx context.Context, o *options, forwarders int) (together, error) {
	out := together{Forwarders: forwarders}
	m := &mode{Format: dispatch, Size: 700, Delay: f.Delay, Events: f.Events * forwarders, isCold: true}
	err := withRun(ctx, m, func(ctx context.Context, r *run) error {
		for i := range forwarders {
			name, bound := "ORG="+nameOf(i), fmt.Sprintf("MAX_IN_FLIGHT=%d", f.MaxInFlight)
			if err := r.add(ctx, o.launchForwarder(0, name, bound)); err != nil {
				return err
			}
		}
		if err := f.measureRun(r, &out); err != nil {
			return err
		}
		return r.stop()
	})
	return out, err
}

func (f *fleet) measureRun(r *run, out *together) error {
	all := append([]*process{r.queue, r.receiver}, r.programs...)
	o := order{Events: r.mode.Events, Size: r.mode.Size, Pollers: int64(out.Forwarders)}
	loaded, used, err := r.load(o, all)
	if err != nil {
		return err
	}
	received, err := r.received()
	if err != nil {
		return err
	}
	took := loaded.Drained.Sub(loaded.Started)
	out.PerSecond, out.Cores = figure(r.mode.Events)/figure(took.Seconds()), figure(used)/figure(took)
	var shares []figure
	for i := range out.Forwarders {
		shares = append(shares, figure(received.Shares[nameOf(i)])/figure(f.Events))
	}
	out.Min, out.Max = slices.Min(shares), slices.Max(shares)
	return nil
}

func nameOf(i int) string { return fmt.Sprintf("forwarder-%d", i+1) }

// writeScale measures 1, 2, 4 and 8 forwarders and shows the curve, the median of the rounds.
func (o *options) writeScale(ctx context.Context, out io.Writer) error {
	_, err := fmt.Fprintf(out, "Each forwarder has at most %d events in flight, the receiver takes %v for each: "+
		"at most %.0f events/s a forwarder.\n\n"+
		"| forwarders | events/s | × one | shares | cores busy of %d |\n|---|---|---|---|---|\n",
		scaled.MaxInFlight, scaled.Delay, float64(scaled.MaxInFlight)/scaled.Delay.Seconds(), runtime.NumCPU())
	var one figure
	for _, n := range []int{1, 2, 4, 8} {
		var rounds []together
		for range o.rounds {
			t, failed := scaled.measure(ctx, o, n)
			if failed != nil {
				return fmt.Errorf("%d forwarders: %w", n, failed)
			}
			_, _ = fmt.Fprintf(os.Stderr, "%d forwarders: %s events/s\n", n, t.PerSecond.text(0))
			rounds = append(rounds, t)
		}
		slices.SortFunc(rounds, func(a, b together) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
		t := rounds[len(rounds)/2]
		if n == 1 {
			one = t.PerSecond
		}
		if err == nil {
			_, err = fmt.Fprintf(out, "| %d | %s | %s | %s–%s | %s |\n", n, t.PerSecond.text(0),
				(t.PerSecond / one).text(2), t.Min.text(2), t.Max.text(2), t.Cores.text(1))
		}
	}
	return err
}
