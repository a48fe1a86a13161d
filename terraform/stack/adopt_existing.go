package stack

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// existing is a resource that exists in AWS but not in the state. If it belongs to the stack, the plan imports it, or
// it is deleted. Otherwise the plan is refused: Terraform would overwrite the resource, or fail because it exists.
type existing struct {
	inventory.Found
	address string // of the resource in the plan that has its name
	renamed bool   // the state has that resource under another name, so nothing can be imported
	reason  string // why the existing resource is deleted
}

// finder returns a resource in AWS, or nil if none of this type with the name in values exists.
type finder func(ctx context.Context, resourceType string, values map[string]any) (*inventory.Found, error)

// findExisting looks in AWS for the name of each resource that the plan creates or renames.
func findExisting(ctx context.Context, plan *tfjson.Plan, find finder) ([]existing, error) {
	list := make([]existing, len(plan.ResourceChanges))
	g, asking := errgroup.WithContext(ctx)
	for i, c := range plan.ResourceChanges {
		name := inventory.TypeOf(c.Type).Attribute
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		if !renamed && (!c.Change.Actions.Create() || c.Change.Importing != nil) {
			continue
		}
		g.Go(func() error {
			found, err := find(asking, c.Type, object(c.Change.After))
			if found != nil {
				list[i] = existing{Found: *found, address: c.Address, renamed: renamed}
			}
			return err
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(list, func(e existing) bool { return e.address == "" }), err
}

// owns reports whether this run may treat an existing resource as the stack's own although the state does not contain
// it: the last up did not finish, the user takes the stack over, or the stack is removed and the resource's tags name
// this state. After an up that was cut off, perhaps before it set tags, that includes resources without tags.
func (r *session) owns(e existing) bool {
	if e.Tags[StackTag] == r.Name {
		return r.journal.Unfinished == "up" || r.takeOver ||
			r.verb == "down" && e.Tags[StateTag] == validate.TagValue(r.state.String())
	}
	return r.journal.cutOff && len(e.Tags) == 0 && !e.Foreign
}

// refuse returns an error unless the plan can import all of these resources.
func (r *session) refuse(list []existing) error {
	var otherState []inventory.Found // they have this stack's tag, but were created from another state
	var conflicts []string
	for _, e := range list {
		ours, stack, why := r.owns(e), e.Tags[StackTag], ""
		switch {
		case ours && !e.renamed:
			continue
		case ours:
			why = "it belongs to this stack, but the plan gives its name to another resource"
		case stack == r.Name:
			otherState = append(otherState, e.Found)
		case e.Foreign:
			why = "it belongs to another account, or is in another region"
		case stack != "":
			why = fmt.Sprintf("it belongs to the stack %q", stack)
		default:
			why = "it does not belong to this stack"
		}
		conflicts = append(conflicts, fmt.Sprintf("the %s already exists: %s", e.Label(), why))
	}
	switch {
	case len(otherState) > 0:
		return takeoverError(r.Name, r.state.String(), otherState)
	case len(conflicts) > 0:
		return &Refusal{
			Reason: strings.Join(conflicts, "\n") + "\nnothing was created",
			Remedy: "choose another NAME, for a queue another QUEUE_NAME, and for a bucket another BUCKET; " +
				"ADOPT_BUCKET=true watches a bucket of this account and region as it is",
		}
	}
	return nil
}

// takeoverError returns the error for a stack whose resources exist, but not in the state that this run uses.
func takeoverError(stack, state string, found []inventory.Found) error {
	const most = 3
	var names []string
	where := "an unknown place"
	for _, f := range found {
		names = append(names, f.Label())
		where = cmp.Or(f.Tags[StateTag], where)
	}
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return &Refusal{
		Reason: fmt.Sprintf("the stack %s already exists (%s), but the state in %s does not contain it; "+
			"according to its tags, its state was in %s\nnothing was changed", stack, strings.Join(names, ", "), state, where),
		Remedy: "set STATE to where its state is, or choose another NAME; " +
			"if its state is lost, ADOPT_STACK=true (--adopt-stack) takes the stack over",
	}
}

// ownModules matches the addresses of the modules that the root module calls. All resources of a stack are in them.
var ownModules = regexp.MustCompile(`^module\.(alarms|bucket|policy|queue|rule|trail)\b`)

// refuseOtherStack returns an error if the state belongs to another stack that has the same STATE, a stack in another
// region, or another Terraform configuration, even if that calls these modules.
func (r *session) refuseOtherStack(plan *tfjson.Plan) error {
	ours, other := false, ""
	for _, c := range plan.ResourceChanges {
		foreign := c.Mode != tfjson.DataResourceMode && c.Type != bookkeeping && !ownModules.MatchString(c.ModuleAddress)
		if foreign && c.Change.Before != nil {
			return r.otherState("another Terraform configuration: it contains " + c.Address)
		}
		stack := text(object(object(c.Change.Before)["tags"])[StackTag])
		ours = ours || stack == r.Name
		if stack != "" && c.Change.Importing == nil {
			other = "the stack " + stack
		}
	}
	if region := storedOutput(plan, "region"); region != "" && region != r.place.Region {
		return r.otherState("a stack in the region " + region)
	}
	if ours || other == "" {
		return nil
	}
	return r.otherState(other)
}

func (r *session) otherState(owner string) error {
	return &Refusal{
		Reason: fmt.Sprintf("the state in %s belongs to %s\nnothing was changed", r.state, owner),
		Remedy: "NAME, REGION and STATE must be those of one stack; to rename or move a stack, remove it and create it again",
	}
}

// rulesOfOtherState returns the rules that have the stack's tag but are not in the plan, because they were created from
// another state. If the state does not contain the stack yet, such rules are an error. If the stack is taken over
// (ADOPT_STACK), they are deleted: then the plan must contain all rules, also those that it does not change
// (planUntilComplete sees to that).
func (r *session) rulesOfOtherState(ctx context.Context, plan *tfjson.Plan, bus string) (list []existing, err error) {
	inState := func(c *tfjson.ResourceChange) bool { return c.Change.Before != nil }
	// session.plan returns an empty plan if nothing changes. A new stack always has something to create.
	isNew := len(plan.ResourceChanges) > 0 && !slices.ContainsFunc(plan.ResourceChanges, inState)
	if !r.takeOver && (!isNew || r.journal.Unfinished == "up") {
		return nil, nil
	}
	known := map[string]bool{}
	for _, c := range plan.ResourceChanges {
		known[text(valuesOf(c)["name"])] = true
	}
	found, err := r.aws.StackRules(ctx, bus, r.Name, known)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if !r.takeOver {
		return nil, takeoverError(r.Name, r.state.String(), found)
	}
	const reason = "belongs to the stack that is taken over, and is not in these settings"
	for _, f := range found {
		list = append(list, existing{Found: f, reason: reason})
	}
	return list, nil
}
