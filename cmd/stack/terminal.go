package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// unattendedError refuses what would need an answer, where standard input is no terminal from which one could come.
type unattendedError struct{}

func (*unattendedError) Error() string { return "nobody can answer here, nothing was changed" }

// Hint says how to approve in advance.
func (*unattendedError) Hint() string {
	return "AUTO_APPROVE=true (--auto-approve, or STACK_AUTO_APPROVE=true in the environment) approves it without a " +
		"question"
}

// approver asks the person about a plan.
func (p *program) approver(auto bool) func(context.Context, stack.Plan) (bool, error) {
	return func(ctx context.Context, plan stack.Plan) (bool, error) {
		question := "Apply these changes?"
		if plan.Destroy {
			question = fmt.Sprintf("Destroy all of stack %s?", plan.Stack)
		}
		if len(plan.Lost) > 0 {
			question = fmt.Sprintf("%s, and lose %s?", strings.TrimSuffix(question, "?"), strings.Join(plan.Lost, ", "))
		}
		return p.confirm(ctx, auto, question)
	}
}

// confirm asks a question. Whether somebody can answer is decided by standard input alone: the output may well go
// through a pipe.
func (p *program) confirm(ctx context.Context, auto bool, question string) (bool, error) {
	if err := p.attended(auto); err != nil || auto {
		return auto, err
	}
	_, _ = fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	return p.answer(ctx)
}

// attended refuses where a question has to be asked and cannot be answered.
func (p *program) attended(auto bool) error {
	if auto || p.asks {
		return nil
	}
	return &unattendedError{}
}

// answer waits for a line, or for the context's end: the reader of the line is left behind then, with a process that
// ends.
func (p *program) answer(ctx context.Context) (bool, error) {
	lines := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(p.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		lines <- line
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case line := <-lines:
		answer := strings.ToLower(strings.TrimSpace(line))
		return answer == "y" || answer == "yes", nil
	}
}

// interruptible returns a context that the first signal ends. What runs under it then has to end in order, and the
// second signal says what would be lost if it did not; the third ends the process.
func (p *program) interruptible(ctx context.Context, doing string) (context.Context, func()) {
	return p.endable(ctx,
		doing+" is being ended in order; this can take a while",
		"warning: "+doing+" is still writing down what it did. Killed now, it leaves the state's lock held, and what it is"+
			" creating unrecorded. Once more kills it.")
}

// brieflyInterruptible is for what ends soon, and loses nothing when it is killed: the second signal does so.
func (p *program) brieflyInterruptible(ctx context.Context, doing string) (context.Context, func()) {
	return p.endable(ctx, doing+"; once more ends at once")
}

// endable says one of the texts at each signal, and ends the process at the one after them.
func (p *program) endable(ctx context.Context, said ...string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		p.watch(said, cancel, over)
	}()
	return ctx, func() {
		close(over)
		<-ended
		cancel()
	}
}

func (p *program) watch(said []string, cancel func(), over <-chan struct{}) {
	for _, text := range append(said, "") {
		if !p.awaitSignal(over) {
			return
		}
		if text == "" {
			p.kill()
			return
		}
		p.remark(text)
		cancel()
	}
}

// sameSignal is how long a further signal is the one before it: GNU timeout sends its signal to the command, and then
// to the command's process group.
const sameSignal = time.Second

// awaitSignal waits for a signal that is a new one, and reports whether it came before the end.
func (p *program) awaitSignal(over <-chan struct{}) bool {
	for {
		select {
		case <-over:
			return false
		case <-p.signals:
		}
		if now := time.Now(); now.Sub(p.signalled) >= sameSignal {
			p.signalled = now
			return true
		}
	}
}

// interruptedBy says what was done about it, unless err tells that this did not work.
func interruptedBy(err error, done string) error {
	if err != context.Canceled { //nolint:errorlint // joined with another, it is not alone
		done = err.Error()
	}
	return &interruptedError{text: "interrupted; " + done}
}

// interruptedError tells what a run that was interrupted had done.
type interruptedError struct{ text string }

func (e *interruptedError) Error() string { return e.text }

// Unwrap makes it what finish takes for an interruption.
func (e *interruptedError) Unwrap() error { return context.Canceled }

// interruption is err, in words for the person when it came before anything was done.
func interruption(err error) error {
	var failed *stack.RunError
	if errors.As(err, &failed) && (failed.Verb == "up" || failed.Verb == "down") {
		return err
	}
	var known *interruptedError
	if errors.As(err, &known) {
		return known
	}
	return errors.New("interrupted, nothing was changed")
}

// writeTable aligns columns, and leaves no space at the ends of lines.
func writeTable(out io.Writer, rows [][]string) {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.StripEscape)
	for _, row := range rows {
		for i := 1; i < len(row); i++ { // the first is the programs' own, and may be coloured
			row[i] = terminal.Line(row[i])
		}
		_, _ = fmt.Fprintln(t, "  "+strings.Join(row, "\t"))
	}
	_ = t.Flush()
	for line := range strings.Lines(b.String()) {
		_, _ = fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
}

// paint colours, where that is wanted.
type paint bool

var colours = map[string]string{"+": "32", "=": "36", "~": "33", "-": "31", "±": "31"}

// mark is a plan's mark in its colour, in the escapes that keep a tabwriter from counting it.
func (p paint) mark(m string) string {
	if !p {
		return m
	}
	return "\xff\x1b[" + colours[m] + "m\xff" + m + "\xff\x1b[0m\xff"
}

// in is text in a colour, for lines that no tabwriter aligns.
func (p paint) in(colour, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// writeLine writes one object on one line. What is encoded here always can be.
func writeJSON(out io.Writer, v any) {
	e := json.NewEncoder(terminal.Writer{Writer: out})
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}

// readers is standard output, and ends the context when nobody reads it any more, as in "… | head".
type readers struct {
	io.Writer
	end  func()
	gone bool
}

func (r *readers) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err != nil {
		r.gone = true
		r.end()
	}
	return n, err
}

// brief is a time in its largest unit.
func brief(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.size {
			return fmt.Sprintf("%d%s", d/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%ds", max(0, d/time.Second))
}
