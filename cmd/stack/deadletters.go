package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// deadLettering are the settings of dead-deadletter.
type deadLettering struct {
	Known
	Letters
	Given []string `operands:"ACTION ID" offer:"list|show|redrive|purge" desc:"list, show ID, redrive or purge, the last two also with ids; an id is an event's or a message's; list when nothing is given"`
}

// Letters say which dead letters are meant.
type Letters struct {
	_      struct{} `env:"STACK_" group:"Dead letters"`
	Reason string   `envconfig:"STACK_REASON" desc:"dead-letters: only those whose reason has this in it"`
	Status int      `envconfig:"STACK_STATUS" defaultdesc:"any" min:"0" max:"599" desc:"dead-letters: only those that the receiver refused with this status"`
	Rate   int      `envconfig:"STACK_RATE" default:"10" min:"1" max:"1000" unit:"events a second" desc:"dead-letters redrive: how many go back, at most"`
}

var actions = []string{"list", "show", "redrive", "purge"}

// Check looks at the action, too.
func (d *deadLettering) Check() []string {
	problems := d.Known.Check()
	switch action := d.action(); {
	case !slices.Contains(actions, action):
		problems = append(problems, fmt.Sprintf("ACTION is %q: accepted are %s", action, strings.Join(actions, ", ")))
	case action == "show" && len(d.Given) != 2:
		problems = append(problems, "show needs one ID, as list prints it")
	}
	return problems
}

func (d *deadLettering) action() string {
	if len(d.Given) == 0 {
		return "list"
	}
	return d.Given[0]
}

func (d *deadLettering) filter() deadletter.Filter {
	return deadletter.Filter{IDs: d.Given[min(1, len(d.Given)):], Reason: d.Reason, Status: d.Status}
}

// deadLetters looks into the stack's dead-letter queues.
func (c *command) deadLetters(ctx context.Context, args []string) error {
	var d deadLettering
	if err := settings.Load(&d, args); err != nil {
		return err
	}
	ctx, stop := c.brieflyInterruptible(ctx, "giving back what is held for a moment")
	defer stop()
	queues, err := c.openLetters(ctx, &d)
	if err != nil {
		return err
	}
	return c.deal(ctx, &d, queues)
}

// deal does what is to be done with the deadletter.
func (c *command) deal(ctx context.Context, d *deadLettering, queues *deadletter.Queues) error {
	switch d.action() {
	case "redrive":
		return c.redrive(ctx, d, queues)
	case "purge":
		return c.purge(ctx, d, queues)
	case "show":
		return c.showLetter(ctx, d, queues)
	}
	return c.listLetters(ctx, d, queues)
}

// openLetters finds the queues as status does: the stack's state names them.
func (c *command) openLetters(ctx context.Context, d *deadLettering) (*deadletter.Queues, error) {
	s, done, err := c.open(ctx, &d.Config, c.stderr)
	defer done()
	if err != nil {
		return nil, err
	}
	outputs, err := s.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Text("region")))
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return deadletter.Open(ctx, cfg, outputs.Text("queue_url"), outputs.Text("dead_letter_queue_url"), outputs.Text("delivery_dead_letter_queue_url"))
}

func (c *command) redrive(ctx context.Context, d *deadLettering, queues *deadletter.Queues) error {
	question := fmt.Sprintf("Send %s of stack %s back through the queue %s, at most %d a second?", d.which(queues), d.Name, queues.Main(), d.Rate)
	if yes, err := c.confirm(ctx, d.AutoApprove, question); err != nil || !yes {
		return c.declined(err)
	}
	report, close := c.counting(queues.Count(), "sent back", d.JSON)
	result, err := queues.Redrive(ctx, d.filter(), d.Rate, report)
	close()
	return c.account(ctx, d, queues, result, fmt.Sprintf("went back through %s", queues.Main()), err)
}

func (c *command) purge(ctx context.Context, d *deadLettering, queues *deadletter.Queues) error {
	question := fmt.Sprintf("Throw away %s of stack %s, for good?", d.which(queues), d.Name)
	if yes, err := c.confirm(ctx, d.AutoApprove, question); err != nil || !yes {
		return c.declined(err)
	}
	report, close := c.counting(queues.Count(), "thrown away", d.JSON)
	result, err := queues.Purge(ctx, d.filter(), report)
	close()
	if err == nil && d.filter().All() {
		c.result(d, map[string]any{"done": result.Done}, fmt.Sprintf("All dead letters of stack %s, about %d, are thrown away; AWS takes up to a minute for it.", d.Name, result.Done))
		return nil
	}
	return c.account(ctx, d, queues, result, "thrown away", err)
}

// which are the letters, in words for the question.
func (d *deadLettering) which(queues *deadletter.Queues) string {
	f, about := d.filter(), fmt.Sprintf("the dead letters (about %d)", queues.Count())
	if f.All() {
		return about
	}
	var limits []string
	if len(f.IDs) > 0 {
		limits = append(limits, "with the id "+strings.Join(f.IDs, " or "))
	}
	if f.Reason != "" {
		limits = append(limits, fmt.Sprintf("with %q in the reason", f.Reason))
	}
	if f.Status != 0 {
		limits = append(limits, fmt.Sprintf("with the status %d", f.Status))
	}
	return "of " + about + " those " + strings.Join(limits, " and ")
}

func (c *command) declined(err error) error {
	if err == nil {
		c.say("Nothing was done.")
	}
	return err
}

// account says what became of the letters, also when err or Ctrl-C ended it.
func (c *command) account(ctx context.Context, d *deadLettering, queues *deadletter.Queues, r deadletter.Result, became string, err error) error {
	counting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	left, unknown := queues.Left(counting)
	text := fmt.Sprintf("%s %s; about %d left.", number(r.Done, "dead letter"), became, left)
	if unknown != nil {
		text = fmt.Sprintf("%s %s; how many are left is not known: %v.", number(r.Done, "dead letter"), became, unknown)
	}
	if r.Again > 0 {
		text += fmt.Sprintf(" %d of them came back already: the receiver refuses them still.", r.Again)
	}
	if err == nil && r.Hidden > 0 {
		text += " " + hidden(r.Hidden)
	}
	c.result(d, map[string]any{"done": r.Done, "again": r.Again, "other": r.Other, "hidden": r.Hidden, "left": left}, text)
	if errors.Is(err, context.Canceled) {
		return interruptedBy(err, "what was held is given back")
	}
	return err
}

func (c *command) result(d *deadLettering, fields map[string]any, text string) {
	if !d.JSON {
		_, _ = fmt.Fprintln(c.stdout, text)
		return
	}
	fields["type"] = "result"
	writeLine(c.stdout, fields)
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// hidden says that a look has not seen all.
func hidden(n int) string {
	return fmt.Sprintf("About %d more are not seen now: somebody else holds them, they wait for others of their message group, or they come after the first 10,000.", n)
}
