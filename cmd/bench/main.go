// Command bench measures the forwarder and, for comparison, the baseline: a minimal program that shows the least that
// such a program costs. README.md says what is measured, and how.
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

// baselineRole is the first argument if this program starts itself as the baseline. The second is a baseline as JSON.
const baselineRole = "baseline"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	run := bench
	if len(os.Args) == 3 && os.Args[1] == baselineRole {
		run = runBaseline
	}
	err := run(ctx)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var forwarder = flag.String("forwarder", "bin/forwarder", "`program` to measure; make build makes it")

// bench measures every selected case, with the baseline and the forwarder in turn, and prints the table.
func bench(ctx context.Context) error {
	rounds := flag.Int("rounds", 5, "`number` of times that each case is measured; the table shows medians")
	only := regexp.MustCompile("")
	flag.TextVar(only, "only", only, "cases whose name matches this `regular expression`")
	targets := flag.Bool("targets", false, "exit with code 1 if a target is not met")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "Usage: bench [flags]\n\nbench compares the speed, CPU time and "+
			"memory of the forwarder and of a minimal program. Run make build first.\n\nFlags:")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 {
		return errors.New("wrong arguments: -h lists the flags, and -rounds must be at least 1")
	}
	var results []*result
	for _, m := range cases {
		if !only.MatchString(m.name) {
			continue
		}
		r := &result{benchCase: m}
		results = append(results, r)
		for round := range *rounds {
			if err := r.measure(ctx); err != nil {
				return fmt.Errorf("%s, round %d: %w", m.name, round+1, err)
			}
			_, _ = fmt.Fprintf(os.Stderr, "%-34s %d/%d\n", m.name, round+1, *rounds)
		}
	}
	if err := writeTable(os.Stdout, results, *rounds); err != nil {
		return err
	}
	err := missed(results)
	if err == nil {
		fmt.Println("every target of these cases is met")
	} else if !*targets {
		fmt.Println(err)
		return nil
	}
	return err
}
