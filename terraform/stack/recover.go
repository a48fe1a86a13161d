package stack

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// resource is a resource of the stack that AWS has and the state has not: the plan takes it into the state, or it is
// deleted.
type resource struct {
	address, id, resourceType string
	line                      Line
	reason                    string // why it is deleted
	copies                    bool   // a queue whose messages are copies of the stack's
}

// finder knows what AWS has.
type finder interface {
	// Find returns nil when AWS has no resource of this type with the name in values.
	Find(ctx context.Context, resourceType string, values map[string]any) (*inventory.Found, error)
}

// claim says what a run may take for the stack's own of what its state does not hold.
type claim struct {
	unfinished bool // what has the stack's tag: the last up of this state did not come to its end
	cutOff     bool // what has no tag yet, too: that up was killed or interrupted, perhaps before it tagged a new bucket
	takeOver   bool // what has the stack's tag, whoever made it
}

func (r *session) claim(o Options) claim {
	return claim{unfinished: r.journal.Unfinished == "up", cutOff: r.cutOff, takeOver: o.AdoptStack}
}

// accepts tells whether a resource is the stack's own. Dashboards have no tags.
func (c claim) accepts(f inventory.Found, stack, resourceType string) bool {
	switch {
	case f.Stack == stack:
		return c.unfinished || c.takeOver
	case f.Tagged || f.Foreign:
		return false
	}
	return c.cutOff || c.takeOver && resourceType == "aws_cloudwatch_dashboard"
}

// needs are what a plan needs before it may be carried out: Terraform alone would overwrite, or fail at, what it has no
// record of.
type needs struct {
	adopt     []resource // ours, and not in the state
	foreign   []Foreign  // has our tag, and was not made from this state
	conflicts []Conflict // not ours
}

// refuse is the error for what keeps a plan from being carried out.
func (n needs) refuse(r *session) error {
	switch {
	case len(n.foreign) > 0:
		return &TakeoverError{Stack: r.Name, State: r.state.String(), Found: n.foreign}
	case len(n.conflicts) > 0:
		return &ConflictError{Conflicts: n.conflicts}
	}
	return nil
}

// examine finds out what a plan needs.
func examine(ctx context.Context, plan *tfjson.Plan, aws finder, name string, may claim) (needs, error) {
	var n needs
	candidates := created(plan, may.cutOff || may.takeOver)
	found := make([]*inventory.Found, len(candidates))
	g, ctx := errgroup.WithContext(ctx)
	for i, c := range candidates {
		g.Go(func() (err error) {
			found[i], err = aws.Find(ctx, c.Type, object(c.Change.After))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return n, err
	}
	for i, c := range candidates {
		if found[i] != nil {
			n.add(c, *found[i], name, may.accepts(*found[i], name, c.Type))
		}
	}
	return n, nil
}

// created are the resources that a plan makes under a name that it did not have before. A rule's targets are among them
// only where a rule may be ours already: to create one is to overwrite it, but a rule that has any cannot be deleted.
func created(plan *tfjson.Plan, targets bool) []*tfjson.ResourceChange {
	var list []*tfjson.ResourceChange
	for _, c := range plan.ResourceChanges {
		name := nameOf(c.Type)
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		creates := c.Change.Actions.Create() && c.Change.Importing == nil
		if (creates || renamed) && (c.Type != inventory.TargetType || targets) {
			list = append(list, c)
		}
	}
	return list
}

// add puts a resource that is there where it belongs.
func (n *needs) add(c *tfjson.ResourceChange, f inventory.Found, stack string, ours bool) {
	label := lineOf(c, "+").label()
	switch {
	case ours && c.Change.Actions.Create():
		n.adopt = append(n.adopt, resource{address: c.Address, id: f.ID, resourceType: c.Type, line: lineOf(c, "-")})
		return
	case f.Stack == stack && !ours:
		n.foreign = append(n.foreign, Foreign{What: label, State: f.State})
		return
	}
	conflict := Conflict{What: label, Reason: "it does not belong to this stack", Remedy: "take another NAME"}
	if ours {
		conflict.Reason = "this stack made it, and is about to give its name to something else"
	} else if f.Stack != "" {
		conflict.Reason = fmt.Sprintf("it belongs to the stack %q", f.Stack)
	}
	switch c.Type {
	case "aws_sqs_queue":
		conflict.Remedy = "take another QUEUE_NAME, or QUEUE_SUFFIX=random"
	case "aws_s3_bucket":
		conflict.Remedy = "take another BUCKET, or ADOPT_BUCKET=true to watch this one as it is"
		if f.Foreign {
			conflict.Reason = "it is another account's, or in another region"
			conflict.Remedy = "take another BUCKET"
		}
	}
	n.conflicts = append(n.conflicts, conflict)
}

// halfMade are the tainted resources of a plan that a run of this state was creating when it ended: a person's stay
// tainted. The plan has refreshed them, so they exist.
func (r *session) halfMade(plan *tfjson.Plan) (list []string) {
	if r.journal.Unfinished != "up" {
		return nil
	}
	replaced := map[string]bool{}
	for _, c := range plan.ResourceChanges {
		replaced[c.Address] = c.Change.Actions.Replace()
	}
	for _, res := range inState(plan) {
		if res.Tainted && replaced[res.Address] && slices.Contains(r.journal.HalfMade, res.Address) {
			list = append(list, res.Address)
		}
	}
	return list
}

// preview is a Terraform with a copy of the state in which these resources are not tainted. done removes it.
func (r *session) preview(ctx context.Context, untainted []string) (t *terraform, done func(), err error) {
	f := folder(r.folder.preview())
	done = func() { _ = os.RemoveAll(string(f)) }
	defer func() {
		if err != nil {
			done()
		}
	}()
	text, err := r.terraform.PullState(ctx)
	if err != nil {
		return nil, nil, err
	}
	done()
	if err := os.MkdirAll(string(f), dirMode); err != nil {
		return nil, nil, fmt.Errorf("copy the state: %w", err)
	}
	copied, err := parseState("", string(f), r.Name, r.place.region)
	if err != nil {
		return nil, nil, err
	}
	if err := replaceFile(copied.path, []byte(text)); err != nil {
		return nil, nil, err
	}
	if err := f.write(r.Modules, copied.backend(true)); err != nil {
		return nil, nil, err
	}
	if t, err = newTerraform(f, r.terraform.Program, r.terraform.Mirror); err != nil {
		return nil, nil, err
	}
	if err := t.init(ctx, r.progress(ctx, nil), copied); err != nil {
		return nil, nil, err
	}
	for _, address := range untainted {
		if err := t.Untaint(ctx, address); err != nil {
			return nil, nil, err
		}
	}
	return t, done, nil
}

// unrecorded is what a run that was cut off made and did not record, for a run that has other variables: with the same
// ones its own plan finds them.
func (r *session) unrecorded(ctx context.Context) ([]resource, error) {
	if !r.cutOff {
		return nil, nil
	}
	before, err := os.ReadFile(r.folder.variables())
	if err != nil {
		return nil, fmt.Errorf("read the last run's variables: %w", err)
	}
	now, err := os.ReadFile(r.folder.proposed())
	if err == nil && bytes.Equal(before, now) {
		return nil, nil
	}
	return r.findUnrecorded(ctx)
}

// findUnrecorded finds, with the variables of a run that was cut off, what it made and did not record.
func (r *session) findUnrecorded(ctx context.Context) ([]resource, error) {
	r.Report.Note("the last up was cut off: looking for what it created")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), false, false)
	if err != nil {
		return nil, err
	}
	n, err := examine(ctx, plan, r.aws, r.Name, r.claim(Options{}))
	for i := range n.adopt {
		n.adopt[i].reason = "created by the run that was cut off, and not recorded"
	}
	return n.adopt, err
}

// without leaves out of a list what is adopted.
func without(list, adopted []resource) []resource {
	return slices.DeleteFunc(slices.Clone(list), func(l resource) bool {
		return slices.ContainsFunc(adopted, func(a resource) bool { return a.resourceType == l.resourceType && a.id == l.id })
	})
}

// foreignRules are the rules of a stack that another state knows: those that have its tag and that no plan here names.
// A stack that is new here must not have any, unless it is taken over: then they go with the rest of what it was.
func (r *session) foreignRules(ctx context.Context, p *proposal, o Options) ([]resource, error) {
	if !o.AdoptStack && (holdsAny(p.plan) || r.journal.Unfinished == "up") {
		return nil, nil
	}
	known := map[string]bool{}
	for _, c := range p.plan.ResourceChanges {
		known[text(valuesOf(c)["name"])] = true
	}
	found, err := r.aws.Rules(ctx, o.bus(), r.Name, known)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if !o.AdoptStack {
		return nil, takeoverOf(found, r.Name, r.state.String())
	}
	var list []resource
	for _, f := range found {
		targets, err := r.aws.Targets(ctx, o.bus(), f.Name)
		if err != nil {
			return nil, fmt.Errorf("look at the rule %s: %w", f.Name, err)
		}
		for _, id := range slices.Sorted(maps.Keys(targets)) {
			list = append(list, unnamed(inventory.TargetType, f.ID+"/"+id, f.Name, "which sends to "+targets[id]))
		}
		const reason = "of the stack that is taken over, and not among these settings"
		list = append(list, unnamed("aws_cloudwatch_event_rule", f.ID, f.Name, reason))
	}
	return list, nil
}

// takeoverOf refuses a stack whose rules AWS knows.
func takeoverOf(rules []inventory.Found, stack, state string) *TakeoverError {
	e := &TakeoverError{Stack: stack, State: state}
	for _, f := range rules {
		e.Found = append(e.Found, Foreign{What: "rule " + f.Name, State: f.State})
	}
	return e
}

// unnamed is a resource that no plan names.
func unnamed(resourceType, id, name, reason string) resource {
	return resource{id: id, resourceType: resourceType, reason: reason, line: Line{Kind: kindOf(resourceType), Name: name}}
}

// holdsAny tells whether the state that a plan was made from holds anything of the stack. A plan without changes was
// not read: it has nothing to create.
func holdsAny(plan *tfjson.Plan) bool {
	if len(plan.ResourceChanges) == 0 {
		return true
	}
	return slices.ContainsFunc(plan.ResourceChanges, func(c *tfjson.ResourceChange) bool {
		return c.Mode != tfjson.DataResourceMode && !c.Change.Actions.Create() && c.Change.Importing == nil
	})
}

// tailQueues are the queues and rules of looks at the stack's events, which go with it. That they cannot be looked for
// keeps nothing else from being removed.
func (r *session) tailQueues(ctx context.Context) (list []resource) {
	bus := r.folder.bus()
	found, err := r.aws.TailQueues(ctx, bus, r.Name)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("cannot look for what a killed tail has left: " + err.Error())
	}
	const reason = "of a tail that was killed, or still runs"
	for _, l := range found {
		for _, rule := range l.Rules {
			id := bus + "/" + rule
			list = append(list,
				unnamed(inventory.TargetType, id+"/"+tail.Target, rule, reason),
				unnamed("aws_cloudwatch_event_rule", id, rule, reason))
		}
		if l.URL != "" {
			queue := unnamed("aws_sqs_queue", l.URL, l.Name, reason)
			queue.copies = true
			list = append(list, queue)
		}
	}
	return list
}

// removed adds to a plan what is deleted without Terraform, which knows nothing of it.
func (p *Plan) removed(list []resource) {
	for _, res := range list {
		l := res.line
		l.note(res.reason)
		l.Mark, l.Address = "-", res.address
		p.Lines = append(p.Lines, l)
		p.Remove++
	}
}

// removeAll deletes what no state holds.
func (r *session) removeAll(ctx context.Context, list []resource) error {
	inOrder := slices.Clone(list)
	slices.SortStableFunc(inOrder, func(a, b resource) int {
		return inventory.RemovalOrder(a.resourceType, b.resourceType)
	})
	for _, res := range inOrder {
		if err := r.aws.Remove(ctx, res.resourceType, res.id); err != nil {
			return fmt.Errorf("delete the %s: %w", res.line.label(), err)
		}
	}
	return nil
}

// queuesAmong are the names of the queues among resources.
func queuesAmong(list []resource) (names []string) {
	for _, res := range list {
		if res.resourceType == "aws_sqs_queue" {
			names = append(names, res.line.Name)
		}
	}
	return names
}

// inState are the resources in the state that a plan was made from, as they were found in AWS.
func inState(plan *tfjson.Plan) (list []*tfjson.StateResource) {
	if plan.PriorState == nil || plan.PriorState.Values == nil {
		return nil
	}
	var collect func(*tfjson.StateModule)
	collect = func(m *tfjson.StateModule) {
		if m == nil {
			return
		}
		for _, res := range m.Resources {
			if res.Mode == tfjson.ManagedResourceMode {
				list = append(list, res)
			}
		}
		for _, child := range m.ChildModules {
			collect(child)
		}
	}
	collect(plan.PriorState.Values.RootModule)
	slices.SortFunc(list, func(a, b *tfjson.StateResource) int { return cmp.Compare(a.Address, b.Address) })
	return list
}
