// Command stack creates, shows and removes the AWS side of dispatch-events-aws, with the Terraform modules that are
// embedded in it.
package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// program is a run of the command with its input, output and signals, which a test can replace.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	asks           bool   // stdin is a terminal, where somebody can answer
	colours        bool   // stdout is a terminal that shows them
	kill           func() // ends the process at once
}

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

// run runs the command that args name, and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root, begun := p.root(), false
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	root.SetArgs(append([]string{}, args...)) // if they are nil, cobra uses those of the process
	err := root.ExecuteContext(ctx)
	if err != nil && !begun && !settings.IsUsage(err) {
		err = settings.UsageError(err)
	}
	return p.finish(err, wantsJSON(args))
}

// wantsJSON reads the setting JSON for errors, which must be JSON even if the settings could not be read.
func wantsJSON(args []string) bool {
	text := os.Getenv(prefix + "_JSON")
	for _, argument := range args {
		if name, value, _ := strings.Cut(argument, "="); name == "--json" {
			text = cmp.Or(value, "true")
		}
	}
	wanted, _ := strconv.ParseBool(strings.TrimSpace(text))
	return wanted
}
