package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// crowd is several forwarders on one queue. One of them delivers at most Held / Delay events a second.
type crowd struct {
	Held   int           // MAX_IN_FLIGHT of each
	Delay  time.Duration // of the receiver's answer
	Events int           // for each
}

// the crowd of -scale: eight of them nearly fill two cores.
var scaled = crowd{Held: 40, Delay: 50 * time.Millisecond, Events: 3000}

// together is what a number of forwarders did.
type together struct {
	Forwarders  int
	PerSecond   figure
	Least, Most figure // of their shares of the work; an even share is 1
	Cores       figure // that all processes of the run kept busy
}

// members are the forwarders of a run.
type members []*child

// measure makes a run. One in which an event is lost, or comes twice, fails.
func (c *crowd) measure(ctx context.Context, o *options, forwarders int) (together, error) {
	ctx, timeout := context.WithTimeout(ctx, 3*drainTime)
	defer timeout()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &stage{mode: &mode{Format: dispatch, Size: 700, Delay: c.Delay, Events: c.Events * forwarders, Cold: true}}
	defer s.close()
	var all members
	defer func() { all.kill() }()
	err := s.open(ctx, func(ctx context.Context, s *stage) (*child, error) {
		var err error
		for i := 0; i < forwarders && err == nil; i++ {
			err = all.add(ctx, o, c, s)
		}
		return nil, err
	})
	if err != nil {
		return together{}, err
	}
	var ending atomic.Bool
	for _, one := range all {
		go func() { // one that ends on its own ends the run
			if <-one.ended; !ending.Load() {
				cancel(fmt.Errorf("a forwarder ended: %s", one.command.ProcessState))
			}
		}()
	}
	out, err := c.run(s, all)
	ending.Store(true)
	if why := context.Cause(ctx); why != nil {
		err = why
	}
	if err != nil {
		return out, fmt.Errorf("%w\n%s", err, all.kill())
	}
	return out, all.finish()
}

func (c *crowd) run(s *stage, all members) (together, error) {
	out := together{Forwarders: len(all)}
	processes := append(members{s.queue, s.receiver}, all...)
	before, err := processes.cpuTime()
	if err != nil {
		return out, err
	}
	var loaded report
	if err := s.load(order{Events: s.mode.Events, Size: s.mode.Size, Pollers: int64(len(all))}, &loaded); err != nil {
		return out, err
	}
	after, err := processes.cpuTime()
	if err != nil {
		return out, err
	}
	received, err := s.received()
	if err != nil {
		return out, err
	}
	took := loaded.Drained.Sub(loaded.Started)
	out.PerSecond, out.Cores = figure(s.mode.Events)/figure(took.Seconds()), figure(after-before)/figure(took)
	out.Least, out.Most = figure(s.mode.Events), 0
	for i := range all {
		share := figure(received.Shares[name(i)]) / figure(c.Events)
		out.Least, out.Most = min(out.Least, share), max(out.Most, share)
	}
	return out, nil
}

func name(i int) string { return fmt.Sprintf("forwarder-%d", i+1) }

func (m *members) add(ctx context.Context, o *options, c *crowd, s *stage) error {
	environment, err := s.mode.environment(s.url, s.address)
	if err != nil {
		return err
	}
	one, err := o.startForwarder(ctx, "", append(environment, "ORG="+name(len(*m)), fmt.Sprintf("MAX_IN_FLIGHT=%d", c.Held)))
	if err == nil {
		*m = append(*m, one)
	}
	return err
}

func (m members) cpuTime() (sum time.Duration, err error) {
	for _, c := range m {
		used, err := cpuTime(c.pid())
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// finish lets all end in order, at once.
func (m members) finish() error {
	var group errgroup.Group
	for _, c := range m {
		group.Go(c.finish)
	}
	return group.Wait()
}

// kill ends all at once and returns what they said last.
func (m members) kill() (said string) {
	for _, c := range m {
		said += c.kill()
	}
	return said
}

// writeScale measures 1, 2, 4 and 8 forwarders and shows the curve, the median of the rounds.
func (o *options) writeScale(ctx context.Context, out io.Writer) error {
	_, err := fmt.Fprintf(out, "Each forwarder holds at most %d events, the receiver takes %v for each: at most %.0f events/s a forwarder.\n\n"+
		"| forwarders | events/s | × one | shares | cores busy of %d |\n|---|---|---|---|---|\n",
		scaled.Held, scaled.Delay, float64(scaled.Held)/scaled.Delay.Seconds(), runtime.NumCPU())
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
		t := middle(rounds)
		if n == 1 {
			one = t.PerSecond
		}
		if err == nil {
			_, err = fmt.Fprintf(out, "| %d | %s | %s | %s–%s | %s |\n", n, t.PerSecond.text(0), (t.PerSecond / one).text(2), t.Least.text(2), t.Most.text(2), t.Cores.text(1))
		}
	}
	return err
}

// middle is the run whose speed is the median.
func middle(rounds []together) together {
	slices.SortFunc(rounds, func(a, b together) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
	return rounds[len(rounds)/2]
}
