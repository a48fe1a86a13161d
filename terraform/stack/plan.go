package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// proposal is what a run is about to do, as it is shown: Terraform's plan, and what is done beside it. Making one
// changes neither AWS nor the state.
type proposal struct {
	plan    *tfjson.Plan
	destroy bool
	keep    []string         // addresses that a run of ours left tainted, and that are untainted first
	adopt   []resource       // what the plan takes into the state
	remove  []resource       // missing from the state, and deleted without Terraform
	tails   []tail.Resources // of looks at the stack's events, which go with it
	goes    contents         // what is deleted with buckets and queues
	summary Plan
}

// Plan says what up would change, and changes nothing.
func (s *Stack) Plan(ctx context.Context, o Options) (Plan, error) {
	r, err := s.open(ctx, "plan", o.Region)
	if err != nil {
		return Plan{}, err
	}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return Plan{}, err
	}
	p, err := r.propose(ctx, o)
	if err != nil {
		return Plan{}, err
	}
	r.Report.Planned(p.summary)
	if err := p.goes.permit(o.DeleteObjects, o.DropEvents); err != nil {
		r.Report.Note("up refuses this: " + err.Error())
	}
	return p.summary, nil
}

// propose finds out what makes the stack what the options say.
func (r *session) propose(ctx context.Context, o Options) (*proposal, error) {
	if err := r.writeProposed(ctx, o); err != nil {
		return nil, err
	}
	unrecorded, err := r.unrecorded(ctx)
	if err != nil {
		return nil, err
	}
	p, err := r.planUntilComplete(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(r.warnOfSize(), r.warnOfQuota(ctx, o.bus(), p.plan)); err != nil {
		return nil, err
	}
	foreign, err := r.foreignRules(ctx, p.plan, o)
	if err != nil {
		return nil, err
	}
	p.remove = append(without(unrecorded, p.adopt), foreign...)
	return p, r.summarise(ctx, p)
}

// writeProposed writes the variables that a plan is made with. Those of the stack itself stay until the plan is carried
// out.
func (r *session) writeProposed(ctx context.Context, o Options) error {
	adopt, err := r.adopts(ctx, o)
	if err != nil {
		return err
	}
	return writeJSON(r.folder.proposed(), o.variables(r.Name, adopt, r.state.String()))
}

// adopts reports whether the bucket exists and was not made by this stack. One that does not exist yet is created, and
// is the stack's own from then on.
func (r *session) adopts(ctx context.Context, o Options) (bool, error) {
	if !o.AdoptBucket {
		return false, nil
	}
	found, err := r.aws.Find(ctx, "aws_s3_bucket", map[string]any{"bucket": o.Bucket})
	return found != nil && found.Stack != r.Name, err
}

// planUntilComplete plans until the plan needs nothing more: what has no record is adopted by it, what a run of ours
// left half made is kept.
func (r *session) planUntilComplete(ctx context.Context, o Options) (*proposal, error) {
	p := &proposal{}
	for range 3 {
		r.Report.Note("comparing with what exists")
		plan, err := r.plan(ctx, r.folder.proposed(), false, o.AdoptStack)
		if err != nil {
			return nil, err
		}
		adopt, err := r.examine(ctx, plan, o)
		if err != nil {
			return nil, err
		}
		if len(adopt) == 0 {
			p.plan, p.keep = plan, r.keepHalfMade(plan)
			return p, nil
		}
		p.adopt = append(p.adopt, adopt...)
		if err := r.folder.writeImports(p.adopt); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the plan keeps finding resources that the state does not hold; the state is in %s", r.state)
}

// keepHalfMade has a plan update the tainted resources that a run of this state was creating when it ended: Terraform
// plans to replace them, and will not once they are untainted. What a person tainted is replaced. The plan has
// refreshed them, so they exist.
func (r *session) keepHalfMade(plan *tfjson.Plan) (kept []string) {
	if r.journal.Unfinished != "up" {
		return nil
	}
	tainted := map[string]bool{}
	for _, res := range inState(plan) {
		tainted[res.Address] = res.Tainted
	}
	for _, c := range plan.ResourceChanges {
		if tainted[c.Address] && c.Change.Actions.Replace() && slices.Contains(r.journal.HalfMade, c.Address) {
			c.Change.Actions = tfjson.Actions{tfjson.ActionUpdate}
			kept = append(kept, c.Address)
		}
	}
	return kept
}

// busRules is EventBridge's quota of rules on a bus, unless AWS has raised it.
const busRules = 300

// warnOfQuota says before anything is created that a plan makes more rules than the bus takes: AWS refuses the last of
// them only when the rest is there. Whoever may not list rules is not warned.
func (r *session) warnOfQuota(ctx context.Context, bus string, plan *tfjson.Plan) error {
	more := 0
	for _, c := range plan.ResourceChanges {
		if mark := markOf(c.Change); c.Type == "aws_cloudwatch_event_rule" && (mark == "+" || mark == "±") {
			more++
		}
	}
	if more == 0 {
		return nil
	}
	there, err := r.aws.CountRules(ctx, bus)
	if err != nil {
		return ctx.Err()
	}
	if there+more > busRules {
		r.Report.Note(fmt.Sprintf("warning: the event bus %s has %d rules and this makes %d more: "+
			"AWS takes %d unless that quota of EventBridge has been raised", bus, there, more, busRules))
	}
	return nil
}

// summarise says in words what is proposed, with what would be lost by it.
func (r *session) summarise(ctx context.Context, p *proposal) (err error) {
	if p.goes, err = r.contents(ctx, p.plan, p.remove); err != nil {
		return err
	}
	s := summarise(p.plan, p.keep)
	s.Stack, s.Region, s.Account, s.Endpoint = r.Name, r.place.Region, r.place.Account, r.place.Endpoint
	s.Destroy = p.destroy
	for _, res := range p.remove {
		s.remove(res.Type, res.Name, res.reason, res.address)
	}
	const left = "of a tail that was killed, or still runs"
	for _, l := range p.tails {
		for _, rule := range l.Rules {
			s.remove("aws_cloudwatch_event_rule", rule, left, "")
		}
		if l.URL != "" {
			s.remove("aws_sqs_queue", l.Name, left, "")
		}
	}
	s.lose(p.goes)
	s.outputs(p.plan)
	p.summary = s
	return nil
}

// remove adds to a plan what is deleted without Terraform, which knows nothing of it.
func (p *Plan) remove(resourceType, name, reason, address string) {
	kind := inventory.TypeOf(resourceType).Label
	p.Lines = append(p.Lines, Line{Mark: "-", Kind: kind, Name: name, Detail: reason, Address: address})
	p.Remove++
}

// unseen lists the resources that plan changes in another way than shown does, the plan that the person saw.
func unseen(plan, shown *tfjson.Plan) (addresses []string) {
	known := map[string]string{}
	for _, c := range shown.ResourceChanges {
		known[c.Address] = markOf(c.Change) + detailOf(c)
	}
	for _, c := range byRank(plan.ResourceChanges) {
		if mark := markOf(c.Change); mark != "" && mark+detailOf(c) != known[c.Address] {
			addresses = append(addresses, c.Address)
		}
	}
	return addresses
}
