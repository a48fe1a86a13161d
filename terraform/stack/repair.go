package stack

import (
	"context"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"
)

// prober knows what AWS has.
type prober interface {
	// find returns nil when AWS has no resource of this type with the name in values.
	find(ctx context.Context, resourceType string, values map[string]any) (*existing, error)
}

// repairs are what a plan needs before it may be carried out: Terraform alone would delete and re-create what a cut-off run
// was making, and would overwrite, or trip over, what it has no record of.
type repairs struct {
	keep      []string   // tainted, and there: to be taken as it is and corrected
	adopt     []adoption // ours, and not in the state
	conflicts []Conflict // not ours
}

// adoption is a resource of the stack that AWS has and the state has not.
type adoption struct {
	address, id, resourceType string
	line                      Line
}

// examine finds out what a plan needs. cutOff tells that the last run was killed or interrupted, so that a bucket without any tag may
// be its own: S3 has a bucket tagged only after it exists.
func examine(ctx context.Context, plan *tfjson.Plan, aws prober, name string, cutOff bool) (repairs, error) {
	r := repairs{keep: tainted(plan)}
	candidates := created(plan, cutOff)
	found := make([]*existing, len(candidates))
	g, ctx := errgroup.WithContext(ctx)
	for i, c := range candidates {
		g.Go(func() (err error) {
			found[i], err = aws.find(ctx, c.Type, object(c.Change.After))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return r, err
	}
	for i, c := range candidates {
		if found[i] != nil {
			r.sort(c, *found[i], name, cutOff)
		}
	}
	return r, nil
}

// soften turns, in a plan that is only shown, the replacement of what up would keep into a change, and says why.
func (r repairs) soften(plan *tfjson.Plan) map[string]string {
	kept := map[string]string{}
	for _, address := range r.keep {
		kept[address] = "was being made when the last run was cut off; is kept and put right"
	}
	for _, c := range plan.ResourceChanges {
		if kept[c.Address] != "" {
			c.Change.Actions = tfjson.Actions{tfjson.ActionUpdate}
		}
	}
	return kept
}

func (r *repairs) sort(c *tfjson.ResourceChange, e existing, name string, cutOff bool) {
	label := lineOf(c, "+").label()
	ours := e.stack == name || cutOff && !e.tagged && !e.foreign
	if ours && c.Change.Actions.Create() {
		r.adopt = append(r.adopt, adoption{address: c.Address, id: e.id, resourceType: c.Type, line: lineOf(c, "-")})
		return
	}
	conflict := Conflict{What: label, Why: "it does not belong to this stack", Way: "take another NAME"}
	if ours {
		conflict.Why = "this stack made it, and is about to give its name to something else"
	} else if e.stack != "" {
		conflict.Why = fmt.Sprintf("it belongs to the stack %q", e.stack)
	}
	switch c.Type {
	case "aws_sqs_queue":
		conflict.Way = "take another QUEUE_NAME, or QUEUE_SUFFIX=random"
	case "aws_s3_bucket":
		conflict.Way = "take another BUCKET, or ADOPT_BUCKET=true to watch this one as it is"
		if e.foreign {
			conflict.Why = "it is another account's, or in another region"
			conflict.Way = "take another BUCKET"
		}
	}
	r.conflicts = append(r.conflicts, conflict)
}

// tainted are the addresses of resources that a run left half made. The plan has refreshed them: they exist.
func tainted(plan *tfjson.Plan) []string {
	half := map[string]bool{}
	if plan.PriorState != nil && plan.PriorState.Values != nil {
		collectTainted(plan.PriorState.Values.RootModule, half)
	}
	var keep []string
	for _, c := range plan.ResourceChanges {
		if half[c.Address] && c.Change.Actions.Replace() {
			keep = append(keep, c.Address)
		}
	}
	return keep
}

func collectTainted(m *tfjson.StateModule, into map[string]bool) {
	if m == nil {
		return
	}
	for _, r := range m.Resources {
		if r.Tainted {
			into[r.Address] = true
		}
	}
	for _, child := range m.ChildModules {
		collectTainted(child, into)
	}
}

// created are the resources that a plan makes under a name that it did not have before. A rule's targets are among them
// only after a run that was cut off: to create one is to overwrite it, but a rule that has any cannot be deleted.
func created(plan *tfjson.Plan, cutOff bool) []*tfjson.ResourceChange {
	var list []*tfjson.ResourceChange
	for _, c := range plan.ResourceChanges {
		name := things[c.Type].name
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		if (c.Change.Actions.Create() || renamed) && (c.Type != targetType || cutOff) {
			list = append(list, c)
		}
	}
	return list
}

const targetType = "aws_cloudwatch_event_target"
