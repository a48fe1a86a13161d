package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
)

// proposal is what a run is about to do, as it is shown: Terraform's plan, and what is done beside it. Making one
// changes neither AWS nor the state.
type proposal struct {
	plan    *tfjson.Plan
	destroy bool
	repair  []string   // addresses that a run of ours left tainted, and that are untainted first
	adopt   []resource // what the plan takes into the state
	remove  []resource // what no state holds, and is deleted without Terraform
	goes    contents   // what is deleted with buckets and queues
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
	if err := errors.Join(r.warnOfSize(p.plan), r.warnOfQuota(ctx, o.bus(), p.plan)); err != nil {
		return nil, err
	}
	foreign, err := r.foreignRules(ctx, p, o)
	if err != nil {
		return nil, err
	}
	p.remove = append(without(unrecorded, p.adopt), foreign...)
	return p, r.summarise(ctx, p)
}

// writeProposed writes the variables that a plan is made with. Those of the stack itself stay until the plan is carried
// out.
func (r *session) writeProposed(ctx context.Context, o Options) error {
	suffix, err := r.suffix(ctx, o)
	if err != nil {
		return err
	}
	adopt, err := r.adopts(ctx, o)
	if err != nil {
		return err
	}
	return writeJSON(r.folder.proposed(), o.variables(r.Name, suffix, adopt, r.state.String()))
}

// adopts tells whether the bucket is there and somebody else's. One that is not there yet is created, and is ours from
// then on.
func (r *session) adopts(ctx context.Context, o Options) (bool, error) {
	if !o.AdoptBucket {
		return false, nil
	}
	found, err := r.aws.Find(ctx, "aws_s3_bucket", map[string]any{"bucket": o.Bucket})
	if err != nil {
		return false, err
	}
	return found != nil && found.Stack != r.Name, nil
}

// planUntilComplete plans until the plan needs nothing more: what has no record is adopted by it, what a run of ours
// left half made is kept. Terraform plans to replace whatever is tainted, so the plan is then made on a copy of the
// state where it is not.
func (r *session) planUntilComplete(ctx context.Context, o Options) (*proposal, error) {
	p, t := &proposal{}, r.terraform
	for range 4 {
		r.Report.Note("comparing with what exists")
		always := len(p.repair) > 0 || o.AdoptStack
		plan, err := t.changes(ctx, r.progress(ctx, nil), r.folder.proposed(), false, always)
		if err != nil {
			return nil, err
		}
		needs, err := examine(ctx, plan, r.aws, r.Name, r.claim(o))
		if err == nil {
			err = needs.refuse(r)
		}
		if err != nil {
			return nil, err
		}
		p.adopt = append(p.adopt, needs.adopt...)
		if half := r.halfMade(plan); len(half) > 0 && t == r.terraform {
			p.repair = half
			var done func()
			if t, done, err = r.preview(ctx, half); err != nil {
				return nil, err
			}
			defer done()
		} else if len(needs.adopt) == 0 {
			p.plan = plan
			return p, nil
		}
		if err := t.folder.writeImports(p.adopt); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the plan keeps finding resources that the state does not hold; the state is in %s", r.state)
}

// busRules is EventBridge's quota of rules on a bus, unless AWS has raised it.
const busRules = 300

// warnOfQuota says before anything is created that a plan makes more rules than the bus takes: AWS refuses the last of
// them only when the rest is there. Each has one target, which is below the quota of five. Whoever may not list rules
// is not warned.
func (r *session) warnOfQuota(ctx context.Context, bus string, plan *tfjson.Plan) error {
	more := 0
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_cloudwatch_event_rule" && c.Change.Actions.Create() && c.Change.Importing == nil {
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
	kept := map[string]string{}
	for _, address := range p.repair {
		kept[address] = "kept: the last run was cut off while making it"
	}
	s := summarise(p.plan, kept)
	s.Stack, s.Region, s.Account, s.Endpoint = r.Name, r.place.region, r.place.account, r.place.endpoint
	s.Destroy = p.destroy
	s.removed(p.remove)
	s.lost(p.goes)
	if len(s.Lines) == 0 {
		s.outputs(p.plan)
	}
	p.summary = s
	return nil
}

// same tells whether two plans of Terraform's change the same.
func same(a, b *tfjson.Plan) bool {
	changes := func(p *tfjson.Plan) string {
		var list []*tfjson.ResourceChange
		for _, c := range p.ResourceChanges {
			if markOf(c.Change) != "" && c.Mode != tfjson.DataResourceMode {
				list = append(list, c)
			}
		}
		text, _ := json.Marshal(list)
		return string(text)
	}
	return changes(a) == changes(b)
}
