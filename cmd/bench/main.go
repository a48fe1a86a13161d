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

// The roles that this program starts itself in: its first argument, then a configuration.
const (
	roleQueue     = "as-queue"
	roleReceiver  = "as-receiver"
	roleFloor     = "as-floor"
	roleForwarder = "as-forwarder"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
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

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 2 {
		if done, err := play(ctx, args[0], []byte(args[1]), in, out); done {
			return err
		}
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
	if err != nil && o.targets {
		return err
	}
	if err == nil {
		_, err = fmt.Fprintln(out, "Every target of these modes is met.")
		return err
	}
	_, err = fmt.Fprintln(out, err)
	return err
}

// play takes the role that a bench has started this process for.
func play(ctx context.Context, role string, configuration []byte, in io.Reader, out io.Writer) (done bool, err error) {
	var into any
	var act func() error
	switch role {
	case roleQueue:
		p := new(protocol)
		into, act = p, func() error { return runQueue(*p, in, out) }
	case roleReceiver:
		r := new(receiver)
		into, act = r, func() error { return runReceiver(r, in, out) }
	case roleFloor:
		f := new(floor)
		into, act = f, func() error { return f.run(ctx, in) }
	case roleForwarder:
		p := new(profile)
		into, act = p, func() error { return p.runForwarder(ctx) }
	default:
		return false, nil
	}
	if err := json.Unmarshal(configuration, into); err != nil {
		return true, err
	}
	return true, act()
}

// options are the bench's arguments.
type options struct {
	full, targets, scale bool
	rounds               int
	only                 *regexp.Regexp
	forwarder, profile   string
}

var errUsage = errors.New("wrong arguments")

func parse(args []string) (*options, error) {
	o := &options{only: regexp.MustCompile("")}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.BoolVar(&o.full, "full", false,
		"all modes, four times the events, eight times as long at a fixed rate; about half an hour")
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
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil, err
	} else if err != nil || flags.NArg() > 0 || o.rounds < 1 {
		if err == nil {
			_, _ = fmt.Fprintln(os.Stderr, "accepted are the flags that -h lists, and at least one round")
		}
		return nil, errUsage
	}
	return o, nil
}
