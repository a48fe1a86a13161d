package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// deadLetters is the command dead-letters: its settings, its arguments, and the queues that it works on.
type deadLetters struct {
	Config
	action string
	filter deadletter.Filter

	*program
	queues *deadletter.Queues
}

func (p *program) deadLettersCommand() *cobra.Command {
	d := &deadLetters{program: p, Config: Config{onlyName: true}}
	texts := []string{"releasing the received messages; another signal ends the command at once"}
	return p.stackCommand(&d.Config, texts, &cobra.Command{
		Use: "dead-letters [ACTION [ID…]]", GroupID: eventsGroup,
		Short: "List, show, redrive or purge the events in the dead-letter queues",
		Long: `dead-letters lists the events in the two dead-letter queues: the receiver refused them, they were
received too often, or EventBridge could not put them into the queue. ACTION is list (the default),
show ID, redrive or purge. redrive sends events back through the queue of the stack, and purge
deletes them. Without IDs, --reason or --status, redrive and purge act on all dead letters of the
stack. An ID is the id of an event or of a message.`,
		Args: func(_ *cobra.Command, args []string) error { return d.take(args) }, ValidArgs: actions,
		RunE: func(c *cobra.Command, _ []string) error {
			outputs, there, err := d.outputs(c.Context(), &d.Config)
			if err != nil {
				return err
			}
			d.queues, err = deadletter.Open(c.Context(), there, outputs.Text("queue_url"),
				outputs.Text("dead_letter_queue_url"), outputs.Text("delivery_dead_letter_queue_url"))
			if err != nil {
				return err
			}
			return d.run(c.Context())
		},
	}, "REASON", "STATUS", "RATE", "AUTO_APPROVE")
}

var actions = []string{"list", "show", "redrive", "purge"}

// take reads the arguments.
func (d *deadLetters) take(args []string) error {
	d.action, d.filter.IDs = "list", nil
	if len(args) > 0 {
		d.action, d.filter.IDs = args[0], args[1:]
	}
	switch {
	case !slices.Contains(actions, d.action):
		return usageError("ACTION is %q: use one of %s", d.action, strings.Join(actions, ", "))
	case d.action == "show" && len(d.filter.IDs) != 1:
		return usageError("show needs one ID, as list prints it")
	}
	return nil
}

func (d *deadLetters) run(ctx context.Context) error {
	d.filter.Reason, d.filter.Status = d.Reason, d.Status
	switch d.action {
	case "list":
		return d.list(ctx)
	case "show":
		return d.show(ctx)
	}
	return d.change(ctx)
}

// selected says in words, for the approval question, which dead letters are selected.
func (d *deadLetters) selected() string {
	var limits string
	if len(d.filter.IDs) > 0 {
		limits += " with the id " + strings.Join(d.filter.IDs, " or ")
	}
	if d.Reason != "" {
		limits += fmt.Sprintf(" with %q in the reason", d.Reason)
	}
	if d.Status != 0 {
		limits += fmt.Sprintf(" with the status %d", d.Status)
	}
	about := fmt.Sprintf("about %d", d.queues.Count)
	if limits != "" {
		about += " in all"
	}
	return fmt.Sprintf("the dead letters of stack %s (%s)%s", d.Name, about, limits)
}

// change runs redrive or purge, after it has asked for approval, and reports what was done.
func (d *deadLetters) change(ctx context.Context) error {
	act, became := d.queues.Purge, "deleted"
	question := fmt.Sprintf("Permanently delete %s?", d.selected())
	if d.action == "redrive" {
		act = func(ctx context.Context, f deadletter.Filter, report func(deadletter.Result)) (deadletter.Result, error) {
			return d.queues.Redrive(ctx, f, d.Rate, report)
		}
		became = "went back through " + d.queues.MainName
		question = fmt.Sprintf("Send %s back through the queue %s, at most %d a second?",
			d.selected(), d.queues.MainName, d.Rate)
	}
	yes, err := d.confirm(ctx, d.AutoApprove, question)
	switch {
	case err != nil:
		return err
	case !yes:
		d.say("Nothing was done.")
		return nil
	}
	last, total := time.Now(), d.queues.Count
	r, err := act(ctx, d.filter, func(r deadletter.Result) {
		if time.Since(last) >= 5*time.Second {
			last = time.Now()
			d.say("%d %s; looked at %d of about %d", r.Handled, became, r.Seen, total)
		}
	})
	left := max(total, r.Seen) - r.Handled // SQS counts no better for a minute after a change
	text := fmt.Sprintf("%s %s; about %d left.", stack.Plural(r.Handled, "dead letter"), became, left)
	if r.CameBack > 0 {
		text += fmt.Sprintf(" %d of them have already come back: refused or received too often again.", r.CameBack)
	}
	if r.Hidden > 0 {
		text += " " + hidden(r.Hidden)
	}
	_ = show(d.stdout, d.JSON, map[string]any{ // even if an error or Ctrl-C ended the command
		"type": "result", "done": r.Handled, "again": r.CameBack, "other": r.Seen - r.Handled - r.CameBack,
		"hidden": r.Hidden, "left": left,
	}, text+"\n")
	switch {
	case err == context.Canceled: //nolint:errorlint // not if it is joined with another error
		return errors.Join(err, errors.New("the received messages are released"))
	case errors.Is(err, context.Canceled):
		return errors.Join(context.Canceled, err)
	}
	return err
}

// hidden returns a sentence that says why n messages were not read.
func hidden(n int) string {
	return fmt.Sprintf("About %d more cannot be read now: another reader has received them, they wait for others of "+
		"their message group, or they come after the first 10,000.", n)
}

// list shows a line for each message when it is read, and then the number of messages for each reason.
func (d *deadLetters) list(ctx context.Context) error {
	kinds := map[string]int{}
	reading, end := context.WithCancel(ctx)
	defer end()
	seen, err := d.queues.Read(reading, d.filter, func(m *deadletter.Message) {
		kind, _, _ := strings.Cut(m.Reason, ": ") // details follow
		kinds[m.Queue+": "+kind]++
		if show(d.stdout, d.JSON, m, messageLine(m)) != nil { // nobody reads it any more, as in "… | head"
			end()
		}
	})
	if reading.Err() != nil && ctx.Err() == nil {
		err = nil
	}
	if !d.JSON { // even if an error or Ctrl-C ended the command
		_, _ = fmt.Fprintln(d.stdout, stack.Plural(seen.Handled, "dead letter")+" listed.")
		byCount := slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
			return cmp.Or(kinds[b]-kinds[a], strings.Compare(a, b))
		})
		for _, kind := range byCount {
			_, _ = fmt.Fprintf(d.stdout, "  %6d  %s\n", kinds[kind], terminal.Line(kind))
		}
	}
	if seen.Hidden > 0 {
		d.say("%s", hidden(seen.Hidden))
	}
	return err
}

// messageLine returns the line of a list that shows the message.
func messageLine(m *deadletter.Message) string {
	why := m.Reason
	if m.Reason == deadletter.TooOften {
		why = fmt.Sprintf("%s: %d times", why, m.Receives)
	}
	age := max(0, time.Since(m.Time)).Round(time.Second)
	line := fmt.Sprintf("%s  %9s  %-36s  %-16s  %s", m.Time.UTC().Format("2006-01-02 15:04:05Z"),
		age, m.EventID, m.EventType, runewidth.Truncate(why, longest, "…"))
	return terminal.Line(line) + "\n"
}

// show shows a message in full.
func (d *deadLetters) show(ctx context.Context) error {
	seen, err := d.queues.Read(ctx, d.filter, func(m *deadletter.Message) {
		_ = show(d.stdout, d.JSON, struct {
			*deadletter.Message
			Event any `json:"event"`
		}{m, eventOf([]byte(m.Body()))}, wholeMessage(m))
	})
	if err != nil && seen.Hidden > 0 {
		d.say("%s", hidden(seen.Hidden))
	}
	return err
}

// wholeMessage returns the text that shows all of the message.
func wholeMessage(m *deadletter.Message) string {
	rows := [][]string{
		{"event", m.EventID},
		{"message", m.ID},
		{"queue", m.Queue},
		{"sent", m.Sent.Format(time.RFC3339)},
		{"received before", stack.Plural(m.Receives, "time")},
	}
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		rows = append(rows, []string{terminal.Line(name), m.Attributes[name]})
	}
	body := m.Body()
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(body), "", "  ") == nil {
		body = pretty.String()
	}
	return terminal.Line(m.Reason) + "\n" + table(rows) + terminal.Lines(strings.TrimRight(body, "\r\n")) + "\n"
}
