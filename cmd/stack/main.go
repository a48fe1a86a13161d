// Command stack creates, shows and removes the AWS side of dispatch-events-aws, with the Terraform modules that are
// embedded in it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a closed pipe must not kill a run that has to end cleanly
	p := &program{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, signals: signals,
		asks:    term.IsTerminal(int(os.Stdin.Fd())),
		colours: term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb" && os.Getenv("NO_COLOR") == "",
		kill:    func() { os.Exit(exitInterrupted) },
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// Only the user can read the files that this program and Terraform write, above all state and plans.
func init() { syscall.Umask(0o077) }
