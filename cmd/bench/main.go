// Command bench measures the forwarder as it is shipped: queue, receiver and forwarder are processes of their own, and
// beside every figure stands the floor's, the least that any program can do. The two are measured in turn, so that a
// busy machine slows both down; the ratio is the result, and absolute figures compare only within one run.
//
// # What is measured
//
// A run starts a new queue (queuetest), a new receiver and one of the two programs, lets a few events through to warm
// up, puts a backlog on the queue at once and waits until it is drained. The time is that from the first receive to the
// last delete; CPU time is that of the measured process alone, between the same moments. Modes with a rate send events
// evenly instead; their latency runs from the moment before the send to the receiver's having read the whole event, on
// one clock. A run in which not every event arrived exactly once, or in which a message was left on the queue, fails.
//
// Modes that name TLS or HTTP/2 have a receiver, and where they say so an SQS, that is spoken to over it; so does the
// floor, which uses the newest protocol that they offer, as SQS's is HTTP/1.1.
//
// With -scale several forwarders share one queue. Each has a bounded number of messages in flight, and the receiver
// takes its time, so that one forwarder is limited by that and not by the processor: what more of them add is then what
// more of them can do.
//
// # The floor
//
// A few loops over plain net/http, as anybody would write them: receive ten messages, decode them with encoding/json,
// post each body as it is, delete the ten. No AWS SDK, no signatures, no CloudEvent, no verdicts, no renewal, no
// metrics, no end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx, os.Args[1:], os.Stdout)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case interrupted:
		os.Exit(130)
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 2 && roles[args[0]] != nil {
		return runRole(ctx, args[0], args[1])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.scale {
		return o.writeScale(ctx, out)
	}
	results, err := o.measureAll(ctx)
	if err != nil {
		return err
	}
	if err := writeTable(out, results, o.rounds); err != nil {
		return err
	}
	err = missed(results)
	switch {
	case err == nil:
		_, err = fmt.Fprintln(out, "Every target of these modes is met.")
	case !o.targets:
		_, err = fmt.Fprintln(out, err)
	}
	return err
}

// options are the bench's arguments.
type options struct {
	targets, scale     bool
	rounds             int
	only               *regexp.Regexp
	forwarder, profile string
}

var errUsage = errors.New("wrong arguments")

func parse(args []string) (*options, error) {
	o := &options{only: regexp.MustCompile("")}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "`how often` each mode is measured; the median counts")
	flags.Func("only", "modes whose name matches this `regular expression`", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	flags.BoolVar(&o.targets, "targets", false, "end with 1 when a target is missed, and name it")
	flags.BoolVar(&o.scale, "scale", false,
		"1, 2, 4 and 8 forwarders on one queue instead: what they deliver together, and how evenly")
	flags.StringVar(&o.forwarder, "forwarder", "",
		"`program` to measure; without it, the same code in the bench's own program")
	flags.StringVar(&o.profile, "profile", "",
		"`folder` for the forwarder's profiles; it then runs in the bench's own program in any case")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err != nil: // flags has printed it
		return nil, errUsage
	case flags.NArg() > 0 || o.rounds < 1:
		_, _ = fmt.Fprintln(os.Stderr, "accepted are the flags that -h lists, and at least one round")
		return nil, errUsage
	}
	return o, nil
}

// measureAll measures every mode that was asked for, floor and forwarder in turn.
func (o *options) measureAll(ctx context.Context) (results []result, err error) {
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o750); err != nil { //nolint:gosec // who runs the bench names the folder
			return nil, fmt.Errorf("make folder for profiles: %w", err)
		}
	}
	for _, m := range modes {
		if !o.only.MatchString(m.Name) {
			continue
		}
		r := result{mode: m}
		for round := range o.rounds {
			if err := o.measureRound(ctx, &r, round); err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", m.Name, round+1, err)
			}
		}
		results = append(results, r)
	}
	return results, nil
}

func (o *options) measureRound(ctx context.Context, r *result, round int) error {
	floor, err := measure(ctx, &r.mode, launchFloor)
	if err != nil {
		return err
	}
	ours, err := measure(ctx, &r.mode, o.launchForwarder(round))
	if err != nil {
		return err
	}
	r.floor, r.ours = append(r.floor, floor), append(r.ours, ours)
	_, _ = fmt.Fprintf(os.Stderr, "%-34s %d/%d  %s\n", r.mode.Name, round+1, o.rounds, progress(ours, floor))
	return nil
}
