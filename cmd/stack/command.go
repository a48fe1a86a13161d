package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// command is the program in process: what it talks to, so that a test can be on the other side.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	asks           bool   // stdin is a terminal, where somebody can answer
	draws          bool   // stdout is a terminal
	colours        bool   // and may be coloured
	kill           func() // ends the process at once

	note atomic.Pointer[func(string)] // says something in the midst of a run's progress
}

// verb is one thing that the command does.
type verb struct {
	group, name, does string
	run               func(c *command, ctx context.Context, args []string) error
	settings          func() any
}

func verbs() []verb {
	known, made := func() any { return &Known{} }, func() any { return &made{} }
	const stack, events, forwarding, other = "The stack", "Its events", "Forwarding", "The command itself"
	return []verb{
		{stack, "up", "create the stack, or change it to what the settings say", (*command).up, made},
		{stack, "plan", "show what up would change", (*command).plan, made},
		{stack, "down", "remove the stack; needs only its name", (*command).down, known},
		{stack, "status", "show its resources, drift, queue and dead letters, and what stands in the events' way", (*command).status, func() any { return &Watched{} }},
		{stack, "outputs", "print the queue's URL, ARNs and policies", (*command).outputs, known},
		{
			events, "check", "tell which patterns match an event, and of one that does not, what fails; 1 when an event matches none",
			(*command).check, func() any { return &checked{} },
		},
		{
			events, "tail", "show events as they come, from a queue of its own, or with --from those that a forwarder delivers",
			(*command).tail, func() any { return &tailing{} },
		},
		{
			events, "dead-letters", "list, show, redrive or purge the events that were refused or could not be delivered",
			(*command).deadLetters, func() any { return &deadLettering{} },
		},
		{
			forwarding, "run", "up, and forward events in this process until Ctrl-C or SIGTERM; with --clean-up then down",
			(*command).forward, func() any { return &both{} },
		},
		{
			forwarding, "dispatch-manifest", "print a file for Dispatch: subscriptions, which come first, or driver",
			(*command).manifest, func() any { return &manifest{} },
		},
		{other, "completion", "print a script that completes commands in bash, zsh or fish", (*command).completion, func() any { return &shell{} }},
		{other, "man", "print a manual page: stack man | man -l -", (*command).man, func() any { return &page{} }},
		{other, "version", "print the version, and what it was built from", (*command).version, func() any { return &struct{}{} }},
	}
}

// run does what args say and returns the exit code.
func (c *command) run(ctx context.Context, args []string) int {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return c.usage(args)
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return c.finish(v, v.run(c, ctx, args[1:]), args[1:])
		}
	}
	c.complain("unknown verb %q; the verbs are %s", args[0], verbNames())
	return exitUsage
}

// usage answers -h, and complains about anything else that is no verb.
func (c *command) usage(args []string) int {
	if len(args) == 1 && (args[0] == "-h" || args[0] == "--help" || args[0] == "-help") {
		settings.Help(c.stdout, overview(), &everything{})
		return exitDone
	}
	if len(args) == 1 && (args[0] == "--version" || args[0] == "-version") {
		_, _ = fmt.Fprint(c.stdout, relay.About("stack"))
		return exitDone
	}
	c.complain("a verb is needed first: %s; -h shows every setting", verbNames())
	return exitUsage
}

// finish explains an error to the person and turns it into an exit code.
func (c *command) finish(v verb, err error, args []string) int {
	var usage *settings.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, flag.ErrHelp):
		settings.Columns(c.stdout, [][2]string{{"stack " + v.name + ":", v.does}})
		settings.Help(c.stdout, "\n"+conventions, v.settings())
		return exitDone
	case errors.As(err, &usage):
		if wantsJSON(args) {
			writeLine(c.stdout, map[string]any{"type": "error", "error": usage.Error()})
		}
		for _, problem := range usage.Problems {
			c.complain("%s", problem)
		}
		return exitUsage
	}
	if errors.Is(err, errNoMatch) {
		return exitFailed
	}
	if unattended := new(unattendedError); errors.As(err, &unattended) {
		c.explain(err, wantsJSON(args))
		return exitUsage
	}
	if errors.Is(err, context.Canceled) {
		c.explain(interruption(err), wantsJSON(args))
		return exitInterrupted
	}
	c.explain(err, wantsJSON(args))
	return exitFailed
}

// interruption is err, in words for the person when it came before anything was done.
func interruption(err error) error {
	var failed *stack.RunError
	if errors.As(err, &failed) && (failed.Verb == "up" || failed.Verb == "down") {
		return err
	}
	if told := new(interruptedError); errors.As(err, &told) {
		return told
	}
	return errors.New("interrupted, nothing was changed")
}

// explain prints an error and, apart from it, what to do about it.
func (c *command) explain(err error, asJSON bool) {
	var hinted stack.Hinted
	hint := ""
	if errors.As(err, &hinted) {
		hint = hinted.Hint()
	}
	if asJSON {
		writeLine(c.stdout, map[string]any{"type": "error", "error": err.Error(), "hint": hint})
	}
	c.complain("%s", err)
	var failed *stack.RunError
	if errors.As(err, &failed) && len(failed.Done) > 0 {
		c.say("done before that: %s", doneList(failed.Done))
	}
	if hint != "" {
		c.say("→ %s", hint)
	}
}

func (c *command) complain(format string, args ...any) { c.say("error: "+format, args...) }

// remark says something while a run may be showing its progress, which must not be written across.
func (c *command) remark(text string) {
	if note := c.note.Load(); note != nil {
		(*note)(text)
		return
	}
	c.say("%s", text)
}

// say writes a line for the person. What it quotes may be of others: AWS, events, a receiver.
func (c *command) say(format string, args ...any) {
	_, _ = fmt.Fprintln(c.stderr, terminal.Lines(fmt.Sprintf(format, args...)))
}

// doneList names the things; of their settings, which come in dozens, it says how many.
func doneList(steps []stack.Step) string {
	var list []string
	settings := 0
	for _, s := range steps {
		if s.Setting {
			settings++
			continue
		}
		list = append(list, s.What+" "+past(s.Action))
	}
	if settings > 0 {
		list = append(list, fmt.Sprintf("%d of their settings", settings))
	}
	return strings.Join(list, ", ")
}

func verbNames() string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return strings.Join(names, ", ")
}
