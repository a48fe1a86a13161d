package main

import (
	"context"
	"encoding/json"
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

// The roles that this program starts itself in.
const (
	roleQueue     = "as-queue"
	roleReceiver  = "as-receiver"
	roleFloor     = "as-floor"
	roleForwarder = "as-forwarder"
)

// roles are the processes of a run, by the first argument. The second is their configuration in JSON.
var roles = map[string]func(ctx context.Context, configuration []byte) error{
	roleQueue:     role(runQueue),
	roleReceiver:  role(runReceiver),
	roleFloor:     role(runFloor),
	roleForwarder: role(runForwarder),
}

func role[C any](run func(context.Context, C) error) func(context.Context, []byte) error {
	return func(ctx context.Context, configuration []byte) error {
		var c C
		if err := json.Unmarshal(configuration, &c); err != nil {
			return err
		}
		return run(ctx, c)
	}
}

func bench(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 2 && roles[args[0]] != nil {
		return roles[args[0]](ctx, []byte(args[1]))
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
