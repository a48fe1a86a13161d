// Command bench measures the forwarder as it is shipped, and beside every figure the floor's, the least that any
// program can do. Each is a process of its own; queue and receiver are in this one. The two are measured in turn, so
// that a busy machine slows both down; the ratio is the result, and absolute figures compare only within one run.
//
// # What is measured
//
// A run starts a new queue (queuetest), a new receiver and one of the two programs, lets a few events through to warm
// up, puts a backlog on the queue at once and waits until it is drained. The time is that from the first receive to the
// last delete; CPU time is that of the measured process alone, between the same moments. Modes with a rate send events
// evenly instead; their latency runs from the moment before the send to the receiver's having read the whole event. A
// run in which not every event arrived exactly once, or in which a message was left on the queue, fails.
//
// Modes that name TLS or HTTP/2 have a receiver, and where they say so an SQS, that is spoken to over it; so does the
// floor, which uses the newest protocol that they offer, as SQS's is HTTP/1.1.
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
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := execute(ctx)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are the bench's arguments.
type options struct {
	rounds    int
	only      *regexp.Regexp
	targets   bool
	forwarder string
}

func execute(ctx context.Context) error {
	if len(os.Args) == 3 && os.Args[1] == floorRole {
		return runFloor(ctx, os.Args[2])
	}
	if len(os.Args) == 2 && os.Args[1] == forwarderRole {
		return runForwarder(ctx)
	}
	o := options{only: regexp.MustCompile("")}
	flag.IntVar(&o.rounds, "rounds", 5, "`how often` each mode is measured; the median counts")
	flag.Func("only", "modes whose name matches this `regular expression`", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	flag.BoolVar(&o.targets, "targets", false, "end with 1 when a target is missed, and name it")
	flag.StringVar(&o.forwarder, "forwarder", "",
		"`program` to measure; without it, the same code in the bench's own program")
	flag.Parse()
	if flag.NArg() > 0 || o.rounds < 1 {
		return errors.New("accepted are the flags that -h lists, and at least one round")
	}
	return o.bench(ctx)
}

// bench measures every mode that was asked for, floor and forwarder in turn, and shows the table.
func (o *options) bench(ctx context.Context) error {
	var results []*result
	for _, m := range modes {
		if !o.only.MatchString(m.name) {
			continue
		}
		r := &result{mode: m}
		for round := range o.rounds {
			if err := r.measure(ctx, o.forwarder); err != nil {
				return fmt.Errorf("%s, round %d: %w", m.name, round+1, err)
			}
			_, _ = fmt.Fprintf(os.Stderr, "%-34s %d/%d\n", m.name, round+1, o.rounds)
		}
		results = append(results, r)
	}
	if err := writeTable(os.Stdout, results, o.rounds); err != nil {
		return err
	}
	err := missed(results)
	if err == nil {
		err = errors.New("every target of these modes is met")
	} else if o.targets {
		return err
	}
	_, err = fmt.Println(err)
	return err
}
