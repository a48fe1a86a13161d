package stack

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// resource is a resource of the stack that exists in AWS but not in the state: the plan imports it, or it is deleted.
type resource struct {
	inventory.Found
	address string
	reason  string // why it is deleted
}

// finder looks for resources in AWS.
type finder interface {
	// Find returns nil if no resource of this type with the name in values exists in AWS.
	Find(ctx context.Context, resourceType string, values map[string]any) (*inventory.Found, error)
}

// ownership says which existing resources a run may treat as the stack's own although the state does not contain them.
type ownership struct {
	unfinished bool // the last up with this state did not finish, so resources with the stack's tag are its own
	cutOff     bool // that up was killed or interrupted, perhaps before it set tags: those without tags are its own, too
	takeOver   bool // the user takes the stack over: resources with its tag are its own, and a dashboard without a tag
}

// accepts reports whether a run may treat a resource as the stack's own. Dashboards have no tags. An alias has those of
// its key, and never counts as untagged.
func (o ownership) accepts(f *inventory.Found, stack string) bool {
	switch {
	case f.Tags[StackTag] == stack:
		return o.unfinished || o.takeOver
	case len(f.Tags) > 0 || f.Foreign || f.Type == "aws_kms_alias":
		return false
	}
	return o.cutOff || o.takeOver && f.Type == "aws_cloudwatch_dashboard"
}

// comparison is the result of comparing a plan with what exists in AWS, before the plan is applied. Without it,
// Terraform would overwrite resources that are not in its state, or fail because they exist.
type comparison struct {
	adopt      []resource        // belong to this stack, and are not in the state
	otherState []inventory.Found // have this stack's tag, but were created from another state
	conflicts  []string          // why names that the plan needs are taken
	remedies   []string          // what to do about the conflicts
}

// compareWithAWS checks, for each resource that the plan creates or renames, whether its new name already exists in
// AWS.
func compareWithAWS(
	ctx context.Context, plan *tfjson.Plan, aws finder, stack string, rules ownership,
) (result comparison, err error) {
	candidates := slices.DeleteFunc(slices.Clone(plan.ResourceChanges), func(c *tfjson.ResourceChange) bool {
		name := inventory.TypeOf(c.Type).Attribute
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		return !renamed && (!c.Change.Actions.Create() || c.Change.Importing != nil)
	})
	found := make([]*inventory.Found, len(candidates))
	g, asking := errgroup.WithContext(ctx)
	for i, c := range candidates {
		g.Go(func() (err error) {
			found[i], err = aws.Find(asking, c.Type, object(c.Change.After))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return result, err
	}
	for i, c := range candidates {
		f := found[i]
		switch ours := f != nil && rules.accepts(f, stack); {
		case f == nil:
		case ours && c.Change.Actions.Create():
			result.adopt = append(result.adopt, resource{Found: *f, address: c.Address})
		case f.Tags[StackTag] == stack && !ours:
			result.otherState = append(result.otherState, *f)
		default:
			result.addConflict(f, ours)
		}
	}
	return result, nil
}

// addConflict adds what conflicts with the plan, and how to resolve it; each remedy is added only once.
func (r *comparison) addConflict(f *inventory.Found, ours bool) {
	reason, remedy := "it does not belong to this stack", "choose another NAME"
	switch {
	case ours:
		reason = "it belongs to this stack, but the plan gives its name to another resource"
	case f.Tags[StackTag] != "":
		reason = fmt.Sprintf("it belongs to the stack %q", f.Tags[StackTag])
	}
	switch {
	case f.Type == "aws_sqs_queue":
		remedy = "choose another QUEUE_NAME"
	case f.Foreign:
		reason, remedy = "it belongs to another account, or is in another region", "choose another BUCKET"
	case f.Type == "aws_s3_bucket":
		remedy = "choose another BUCKET, or set ADOPT_BUCKET=true to watch this one as it is"
	}
	r.conflicts = append(r.conflicts, fmt.Sprintf("the %s already exists: %s", f.Label(), reason))
	if !slices.Contains(r.remedies, remedy) {
		r.remedies = append(r.remedies, remedy)
	}
}

func (r *session) ownership(takeOver bool) ownership {
	return ownership{unfinished: r.journal.Unfinished == "up", cutOff: r.cutOff, takeOver: takeOver}
}

// refuse returns an error if the plan cannot be applied.
func (r *session) refuse(e comparison) error {
	switch {
	case len(e.otherState) > 0:
		return takeoverError(r.Name, r.state.String(), e.otherState)
	case len(e.conflicts) > 0:
		return &Refusal{
			Reason: strings.Join(e.conflicts, "\n") + "\nnothing was created", Remedy: strings.Join(e.remedies, "; "),
		}
	}
	return nil
}

// takeoverError returns the error for a stack whose resources exist, but not in the state that this run uses.
func takeoverError(stack, state string, found []inventory.Found) error {
	const most = 3
	var names []string
	where := "its resources do not say where its state is"
	for _, f := range found {
		names = append(names, f.Label())
		switch named := f.Tags[StateTag]; {
		case named == "":
		case named == state || filepath.Dir(named) == state:
			where = "its state was in this place, but was lost or moved"
		default:
			where = "its state seems to be in " + named
		}
	}
	list := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return &Refusal{
		Reason: fmt.Sprintf("the stack %s already exists (%s), but the state in %s does not contain it; %s\n"+
			"nothing was changed", stack, list, state, where),
		Remedy: "set STATE to where its state is, or choose another NAME; " +
			"if its state is lost, ADOPT_STACK=true (--adopt-stack) takes the stack over",
	}
}

// compareRemembered plans with the remembered variables, and looks in AWS for what that plan would create. This finds
// the resources of the stack that are missing from the state, whether only some are missing or all.
func (r *session) compareRemembered(ctx context.Context, rules ownership) (comparison, error) {
	plan, err := r.plan(ctx, r.folder.variables(), false, false)
	if err != nil {
		return comparison{}, err
	}
	return compareWithAWS(ctx, plan, r.aws, r.Name, rules)
}

// findUnrecorded returns what the last up created and did not record, if it was cut off.
func (r *session) findUnrecorded(ctx context.Context) ([]resource, error) {
	if !r.cutOff {
		return nil, nil
	}
	r.Report.Note("the last 'stack up' was killed or interrupted: looking for resources that it did not record")
	e, err := r.compareRemembered(ctx, r.ownership(false))
	for i := range e.adopt {
		e.adopt[i].reason = "created by the run that was cut off, and not recorded"
	}
	return e.adopt, err
}

// rulesOfOtherState returns the rules that have the stack's tag but are not in the plan, because they were created from
// another state. If the state does not contain the stack yet, such rules are an error. If the stack is taken over
// (ADOPT_STACK), they are deleted. session.plan returns a plan that changes nothing as an empty one, without prior
// state. An empty plan does not mean that the stack is new: for a new stack there would be something to create.
func (r *session) rulesOfOtherState(ctx context.Context, plan *tfjson.Plan, o Options) ([]resource, error) {
	isNew := len(plan.ResourceChanges) > 0 && len(inState(plan)) == 0
	if !o.AdoptStack && (!isNew || r.journal.Unfinished == "up") {
		return nil, nil
	}
	known := map[string]bool{}
	for _, c := range plan.ResourceChanges {
		known[text(valuesOf(c)["name"])] = true
	}
	found, err := r.aws.StackRules(ctx, o.bus(), r.Name, known)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if !o.AdoptStack {
		return nil, takeoverError(r.Name, r.state.String(), found)
	}
	var list []resource
	for _, f := range found {
		targets, err := r.aws.Targets(ctx, o.bus(), f.Name)
		if err != nil {
			return nil, fmt.Errorf("look at the %s: %w", f.Label(), err)
		}
		reason := "belongs to the stack that is taken over, and is not in these settings"
		for _, id := range slices.Sorted(maps.Keys(targets)) {
			reason += ", sends to " + targets[id]
		}
		list = append(list, resource{Found: f, reason: reason})
	}
	return list, nil
}

// inState returns the resources in the state that a plan was made from, as Terraform found them in AWS.
func inState(plan *tfjson.Plan) (list []*tfjson.StateResource) {
	if plan.PriorState == nil || plan.PriorState.Values == nil {
		return nil
	}
	modules := []*tfjson.StateModule{plan.PriorState.Values.RootModule}
	for len(modules) > 0 {
		module := modules[0]
		modules = modules[1:]
		if module == nil {
			continue
		}
		modules = append(modules, module.ChildModules...)
		for _, res := range module.Resources {
			if res.Mode == tfjson.ManagedResourceMode {
				list = append(list, res)
			}
		}
	}
	return list
}
