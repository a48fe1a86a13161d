package stack

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// existing is a resource that exists in AWS but not in the state. If it belongs to the stack, the plan imports it, or
// it is deleted. Otherwise the plan is refused: Terraform would overwrite the resource, or fail because it exists.
type existing struct {
	inventory.Found
	address string // of the resource in the plan that has its name
	renamed bool   // the resource in the plan exists, and is renamed
	reason  string // why the existing resource is deleted
}

// finder looks for resources in AWS.
type finder interface {
	// Find returns nil if no resource of this type with the name in values exists in AWS.
	Find(ctx context.Context, resourceType string, values map[string]any) (*inventory.Found, error)
}

// findExisting looks in AWS for the name of each resource that the plan creates or renames.
func findExisting(ctx context.Context, plan *tfjson.Plan, aws finder) (list []existing, err error) {
	found := make([]*existing, len(plan.ResourceChanges))
	g, asking := errgroup.WithContext(ctx)
	for i, c := range plan.ResourceChanges {
		name := inventory.TypeOf(c.Type).Attribute
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		if !renamed && (!c.Change.Actions.Create() || c.Change.Importing != nil) {
			continue
		}
		g.Go(func() error {
			f, err := aws.Find(asking, c.Type, object(c.Change.After))
			if f != nil {
				found[i] = &existing{Found: *f, address: c.Address, renamed: renamed}
			}
			return err
		})
	}
	err = g.Wait()
	for _, e := range found {
		if e != nil {
			list = append(list, *e)
		}
	}
	return list, err
}

// owns reports whether this run may treat an existing resource as the stack's own although the state does not contain
// it: the last up did not finish, or the user takes the stack over. After an up that was cut off, perhaps before it set
// tags, that includes resources without tags.
func (r *session) owns(e existing) bool {
	if e.Tags[StackTag] == r.Name {
		return r.journal.Unfinished == "up" || r.takeOver
	}
	return r.journal.cutOff && len(e.Tags) == 0 && !e.Foreign
}

// refuse returns an error unless the plan can import all of these resources.
func (r *session) refuse(list []existing) error {
	var otherState []inventory.Found // they have this stack's tag, but were created from another state
	var conflicts, remedies []string
	for _, e := range list {
		switch ours := r.owns(e); {
		case ours && !e.renamed:
		case e.Tags[StackTag] == r.Name && !ours:
			otherState = append(otherState, e.Found)
		default:
			reason, remedy := conflict(e, ours)
			conflicts = append(conflicts, fmt.Sprintf("the %s already exists: %s", e.Label(), reason))
			if !slices.Contains(remedies, remedy) {
				remedies = append(remedies, remedy)
			}
		}
	}
	switch {
	case len(otherState) > 0:
		return takeoverError(r.Name, r.state.String(), otherState)
	case len(conflicts) > 0:
		return &Refusal{
			Reason: strings.Join(conflicts, "\n") + "\nnothing was created", Remedy: strings.Join(remedies, "; "),
		}
	}
	return nil
}

// conflict returns why a resource conflicts with the plan, and what to do about it.
func conflict(e existing, ours bool) (reason, remedy string) {
	reason, remedy = "it does not belong to this stack", "choose another NAME"
	switch {
	case ours:
		reason = "it belongs to this stack, but the plan gives its name to another resource"
	case e.Tags[StackTag] != "":
		reason = fmt.Sprintf("it belongs to the stack %q", e.Tags[StackTag])
	}
	switch {
	case e.Type == inventory.QueueType:
		remedy = "choose another QUEUE_NAME"
	case e.Foreign:
		reason, remedy = "it belongs to another account, or is in another region", "choose another BUCKET"
	case e.Type == "aws_s3_bucket":
		remedy = "choose another BUCKET, or set ADOPT_BUCKET=true to watch this one as it is"
	}
	return reason, remedy
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

// rulesOfOtherState returns the rules that have the stack's tag but are not in the plan, because they were created from
// another state. If the state does not contain the stack yet, such rules are an error. If the stack is taken over
// (ADOPT_STACK), they are deleted: so then the plan must contain all the stack's rules. Otherwise it may be empty if it
// changes nothing (session.plan): such a stack is not new, for which there would be something to create.
func (r *session) rulesOfOtherState(ctx context.Context, plan *tfjson.Plan, bus string) (list []existing, err error) {
	inState := func(c *tfjson.ResourceChange) bool { return c.Change.Before != nil }
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
