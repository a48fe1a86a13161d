package stack

import (
	"context"
	"path"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// Status says which resources of a stack exist, and what condition it is in.
type Status struct {
	Stack    string `json:"stack"`
	Region   string `json:"region"`
	Account  string `json:"account"`
	Endpoint string `json:"endpoint,omitempty"`
	// Unfinished is the command, up or down, that started to make changes and has not succeeded since.
	Unfinished string     `json:"unfinished,omitempty"`
	Resources  []Resource `json:"resources"`
	// Drift is what up would change: what somebody changed or removed, or what a run that was cut off did not finish.
	Drift []Line `json:"drift"`
	// Queue is the forwarder's queue; nil if it does not exist.
	Queue *Queue `json:"queue"`
	// Activity counts what went through that queue lately.
	Activity *Activity `json:"activity,omitempty"`
	// Key is the KMS key of that queue, if it has one. KeyTrouble is why EventBridge cannot use that key, or "" if no
	// reason is known.
	Key        string `json:"key,omitempty"`
	KeyTrouble string `json:"keyTrouble,omitempty"`
	// Rules are the rules that exist.
	Rules []RuleState `json:"rules"`
	// UnknownRules have the stack's tag but are not in its state: the stack was also created from another state.
	UnknownRules []string `json:"unknownRules,omitempty"`
	// DeadLetters are the dead-letter queues: for events that the receiver refused, and for events that EventBridge
	// could not put into the queue.
	DeadLetters []Queue `json:"deadLetters"`
}

// Resource is one resource of a stack that has a name of its own.
type Resource struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

// RuleState is the current state of a rule, and how many events it has matched.
type RuleState struct {
	Name    string   `json:"name"`
	Enabled bool     `json:"enabled"`
	Events  string   `json:"events"`  // the schedule, or the beginning of the pattern
	Sources []string `json:"sources"` // exact sources in its pattern
	// Matched is the number of events that the rule matched in the last day, and Failed is how many of them EventBridge
	// could not put into the queue; nil if CloudWatch has no data. Its data is some minutes old.
	Matched *int `json:"matched"`
	Failed  *int `json:"failed"`
}

// Activity counts the messages of a queue in the last quarter of an hour; nil if CloudWatch has no data.
type Activity struct {
	Sent     *int `json:"sent"`
	Received *int `json:"received"`
	Deleted  *int `json:"deleted"`
}

// Queue says how many messages a queue holds.
type Queue = inventory.Queue

// Status returns the status of the stack and changes nothing. createdWith is the same as for Down.
func (s *Stack) Status(ctx context.Context, createdWith *Options) (Status, error) {
	r, err := s.openKnown(ctx, "status", createdWith)
	if err != nil {
		return Status{}, err
	}
	defer r.close()
	out := Status{
		Stack: r.Name, Region: r.place.Region, Account: r.place.Account, Endpoint: r.place.Endpoint,
		Unfinished: r.journal.Unfinished, Resources: []Resource{}, Rules: []RuleState{},
	}
	r.Report.Note("comparing the stack with what exists in AWS")
	plan, err := r.plan(ctx, r.folder.variablesPath(), true)
	if err != nil {
		return out, err
	}
	out.Drift = append([]Line{}, linesOf(plan).Lines...)
	for i, line := range out.Drift {
		if slices.ContainsFunc(plan.ResourceChanges, func(c *tfjson.ResourceChange) bool {
			return c.Address == line.Address && c.ActionReason == tfjson.ActionReasonReplaceBecauseTainted
		}) {
			out.Drift[i].Mark, out.Drift[i].Detail = "~", "tainted; 'stack up' keeps it, and changes only what differs"
		}
	}
	out.list(plan)
	known := map[string]bool{}
	for _, rule := range out.Rules {
		known[rule.Name] = true
	}
	unknown, err := r.aws.StackRules(ctx, r.folder.bus(), r.Name, known)
	if err != nil && ctx.Err() == nil { // without this permission, the rest of the status is still shown
		r.Report.Note("cannot look for rules that the state does not contain: " + err.Error())
	}
	for _, rule := range unknown {
		out.UnknownRules = append(out.UnknownRules, rule.Name)
	}
	if err := r.measure(ctx, plan, &out); err != nil {
		return out, err
	}
	if out.Queue != nil {
		out.KeyTrouble = r.aws.KeyTrouble(ctx, out.Key)
	}
	return out, nil
}

// list adds what the refreshed state contains: the resources that have names of their own, but not their parts; the
// rules; and the KMS key of the queue, if it has one.
func (s *Status) list(plan *tfjson.Plan) {
	for _, c := range plan.ResourceChanges {
		t, values := inventory.TypeOf(c.Type), object(c.Change.Before)
		if t.IsPart() || values == nil || c.Mode == tfjson.DataResourceMode || c.Type == bookkeeping {
			continue
		}
		name := text(values[t.Attribute])
		s.Resources = append(s.Resources, Resource{Kind: t.Label, Name: name, Address: c.Address})
		switch {
		case c.Type == inventory.RuleType:
			rule := ruleOf(values)
			sources, _ := rule.Sources()
			s.Rules = append(s.Rules, RuleState{
				Name: name, Enabled: values["state"] != "DISABLED", Events: rule.String(), Sources: sources,
			})
		case c.Type == inventory.QueueType && name == path.Base(storedOutput(plan, "queue_url")):
			s.Key = text(values["kms_master_key_id"])
		}
	}
	slices.SortFunc(s.Resources, func(a, b Resource) int { return strings.Compare(a.Kind+a.Name, b.Kind+b.Name) })
	slices.SortFunc(s.Rules, func(a, b RuleState) int { return strings.Compare(a.Name, b.Name) })
}

// measure asks for all numbers at the same time: how many messages the forwarder's queue and the dead-letter queues
// hold, if they exist, and what CloudWatch knows of the queue and the rules.
func (r *session) measure(ctx context.Context, plan *tfjson.Plan, out *Status) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8) // CloudWatch throttles
	var queues [3]Queue
	for i, name := range []string{"queue_url", "dead_letter_queue_url", "delivery_dead_letter_queue_url"} {
		if url := storedOutput(plan, name); url != "" {
			g.Go(func() (err error) {
				queues[i], err = r.aws.Count(ctx, path.Base(url), url)
				queues[i].OldestSeconds = r.aws.Oldest(ctx, path.Base(url))
				return err
			})
		}
	}
	bus := r.folder.bus()
	for i := range out.Rules {
		g.Go(func() error {
			rule := &out.Rules[i]
			rule.Matched = r.aws.RuleSum(ctx, "MatchedEvents", bus, rule.Name)
			rule.Failed = r.aws.RuleSum(ctx, "FailedInvocations", bus, rule.Name)
			return nil
		})
	}
	var activity Activity
	if url := storedOutput(plan, "queue_url"); url != "" {
		g.Go(func() error {
			queue := path.Base(url)
			activity.Sent = r.aws.QueueSum(ctx, "NumberOfMessagesSent", queue)
			activity.Received = r.aws.QueueSum(ctx, "NumberOfMessagesReceived", queue)
			activity.Deleted = r.aws.QueueSum(ctx, "NumberOfMessagesDeleted", queue)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if queues[0].URL != "" {
		out.Queue, out.Activity = &queues[0], &activity
	}
	out.DeadLetters = slices.DeleteFunc(queues[1:], func(q Queue) bool { return q.URL == "" })
	return nil
}

// storedOutput returns an output in the state that a plan was made from, or "" if it does not exist.
func storedOutput(plan *tfjson.Plan, name string) string {
	if change := plan.OutputChanges[name]; change != nil {
		return text(change.Before)
	}
	return ""
}
