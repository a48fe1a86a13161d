package pipeline

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Program is a demo as a command.
type Program struct {
	Summary string        // the first words of -h
	Flags   *flag.FlagSet // the program's own; name, region and keep are added
	Run     func(context.Context, *Pipeline) error
}

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Main runs the program and ends the process.
func (r *Program) Main() {
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(r.Execute(context.Background(), os.Args[1:], os.Stdout, signals))
}

// Execute runs the program in this process and returns the exit code.
func (r *Program) Execute(ctx context.Context, args []string, stdout io.Writer, signals <-chan os.Signal) int {
	file, ok := stdout.(*os.File)
	p := &Pipeline{
		Console:    newConsole(stdout, ok && term.IsTerminal(int(file.Fd()))),
		interrupts: make(chan struct{}, 1),
	}
	defer p.close()
	if err := r.parse(p, args, stdout); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		p.Print("%s", err)
		return exitUsage
	}
	ended := make(chan struct{})
	defer close(ended)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go p.watch(ctx, signals, ended, cancel)
	err := r.Run(ctx, p)
	p.Close()
	switch {
	case err != nil && ctx.Err() != nil:
		p.Print("Interrupted: everything that ran has ended.")
		return exitInterrupted
	case err != nil:
		p.Print("FAILED: %s", err)
		return exitFailed
	}
	return 0
}

// parse reads the settings: flags, else variables of the same names that begin with DEMO_.
func (r *Program) parse(p *Pipeline, args []string, stdout io.Writer) error {
	f := r.Flags
	f.StringVar(&p.Name, "name", f.Name(), "name of the stack")
	f.StringVar(&p.Region, "region", "us-west-2", "region of the local AWS")
	f.BoolVar(&p.Keep, "keep", false, "leave everything up until Ctrl-C")
	f.SetOutput(io.Discard)
	var wrong error
	f.VisitAll(func(setting *flag.Flag) {
		name := "DEMO_" + strings.ToUpper(strings.ReplaceAll(setting.Name, "-", "_"))
		if value := os.Getenv(name); value != "" {
			if err := setting.Value.Set(value); err != nil {
				wrong = errors.Join(wrong, fmt.Errorf("%s is %q: %w", name, value, err))
			}
		}
	})
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(stdout)
		_, _ = fmt.Fprintf(stdout, "%s\n\n", r.Summary)
		f.PrintDefaults()
		_, _ = fmt.Fprintln(stdout, "\nEach may also be given as a variable: DEMO_KEEP=true.")
	}
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return errors.Join(wrong, err)
}

// watch handles signals. The first ends WaitForInterrupt; else it ends the run in order, and the next one kills what
// still runs.
func (p *Pipeline) watch(ctx context.Context, signals <-chan os.Signal, ended <-chan struct{}, cancel func()) {
	for {
		select {
		case <-ended:
			return
		case <-signals:
		}
		switch {
		case p.keeping.CompareAndSwap(true, false):
			p.interrupts <- struct{}{}
		case ctx.Err() == nil:
			p.Print("Ending in order; Ctrl-C once more kills what still runs.")
			cancel()
		default:
			p.kill()
		}
	}
}
