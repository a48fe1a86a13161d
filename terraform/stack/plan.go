package stack

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// proposal is what a run is about to do, as it is shown to the user: Terraform's plan, and what is done in addition to
// it. Making one does not change AWS.
type proposal struct {
	plan    *tfjson.Plan
	destroy bool
	adopt   []resource        // what the plan imports into the state
	remove  []resource        // missing from the state, and deleted without Terraform
	tails   []inventory.Found // queues and rules of tail commands, which are deleted with the stack
	losses  []*loss           // what is deleted with buckets and queues
	summary Plan
}

// Plan returns what up would change, and changes nothing in AWS.
func (s *Stack) Plan(ctx context.Context, o Options) (Plan, error) {
	r, err := s.open(ctx, "plan", o.Region)
	if err != nil {
		return Plan{}, err
	}
	defer r.close()
	p, err := r.propose(ctx, o)
	if err != nil {
		return Plan{}, err
	}
	r.Report.Planned(p.summary)
	if err := permit(p.losses, o.DeleteObjects, o.DropEvents); err != nil {
		r.Report.Note("'stack up' would fail: " + err.Error())
	}
	return p.summary, nil
}

// propose determines the changes that make the stack match the options.
func (r *session) propose(ctx context.Context, o Options) (*proposal, error) {
	if err := r.writeProposed(ctx, o); err != nil {
		return nil, err
	}
	unrecorded, err := r.findUnrecorded(ctx)
	if err != nil {
		return nil, err
	}
	p, err := r.planUntilComplete(ctx, o)
	if err != nil {
		return nil, err
	}
	if r.sizeWarning != "" {
		r.Report.Note(r.sizeWarning)
	}
	fromOtherState, err := r.rulesOfOtherState(ctx, p.plan, o)
	if err != nil {
		return nil, err
	}
	adopted := func(u resource) bool {
		return slices.ContainsFunc(p.adopt, func(a resource) bool { return a.Type == u.Type && a.ID == u.ID })
	}
	p.remove = append(slices.DeleteFunc(unrecorded, adopted), fromOtherState...)
	return p, r.summarise(ctx, p)
}

// writeProposed writes the variables that a plan is made with. The stack's current variables are kept until the plan is
// carried out. A bucket that does not exist yet is created, and then belongs to the stack, whatever ADOPT_BUCKET says.
func (r *session) writeProposed(ctx context.Context, o Options) error {
	adopt := false
	if o.AdoptBucket {
		found, err := r.aws.Find(ctx, "aws_s3_bucket", map[string]any{"bucket": o.Bucket})
		if err != nil {
			return err
		}
		adopt = found != nil && found.Tags[StackTag] != r.Name
	}
	return writeJSON(r.folder.proposed(), o.variables(r.Name, adopt, r.state.String()))
}

// planUntilComplete plans again until the plan keeps the incomplete resources of the last run, and imports every
// resource of the stack that is missing from the state.
func (r *session) planUntilComplete(ctx context.Context, o Options) (*proposal, error) {
	p := &proposal{}
	for range 4 {
		r.Report.Note("comparing the stack with what exists in AWS")
		plan, err := r.plan(ctx, r.folder.proposed(), false, o.AdoptStack)
		if err != nil {
			return nil, err
		}
		if r.keepIncomplete(ctx, plan) {
			continue
		}
		e, err := compareWithAWS(ctx, plan, r.aws, r.Name, r.ownership(o.AdoptStack))
		if err == nil {
			err = r.refuse(e)
		}
		if err != nil {
			return nil, err
		}
		if len(e.adopt) == 0 {
			p.plan = plan
			return p, nil
		}
		p.adopt = append(p.adopt, e.adopt...)
		if err := r.folder.writeImports(p.adopt); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("after four plans, there are still resources that the state in %s does not contain: "+
		"run this again", r.state)
}

// keepIncomplete removes the taint from resources that an up was creating when it was cut off, so that Terraform
// updates them instead of replacing them, and reports whether there were any. If the last up finished, a person tainted
// them, and they are replaced. The plan has refreshed these resources, so they exist. What cannot be untainted, such as
// a resource that the modules have moved meanwhile, is shown as replaced.
func (r *session) keepIncomplete(ctx context.Context, plan *tfjson.Plan) (kept bool) {
	if r.journal.Unfinished != "up" {
		return false
	}
	for _, res := range inState(plan) {
		if !res.Tainted || res.DeposedKey != "" { // Terraform deletes deposed objects
			continue
		}
		r.Report.Note("keeping " + res.Address + ": the last run was cut off while creating it")
		if err := r.terraform.Untaint(ctx, res.Address, tfexec.LockTimeout(stateLockTimeout)); err != nil {
			r.Report.Note("cannot keep " + res.Address + ": " + err.Error())
			continue
		}
		kept = true
	}
	return kept
}

// summarise fills the summary of what is proposed, and adds what would be lost.
func (r *session) summarise(ctx context.Context, p *proposal) (err error) {
	if p.losses, err = r.losses(ctx, p.plan, p.remove); err != nil {
		return err
	}
	s := summarise(p.plan)
	s.Stack, s.Region, s.Account, s.Endpoint = r.Name, r.place.Region, r.place.Account, r.place.Endpoint
	s.Destroy = p.destroy
	for _, res := range p.remove {
		s.remove(res.Type, res.Name, res.reason, res.address)
	}
	const left = "created by a tail command that was killed or is still running"
	for _, f := range p.tails {
		s.remove(f.Type, f.Name, left, "")
	}
	s.addLosses(p.losses)
	s.outputs(p.plan)
	p.summary = s
	return nil
}

// remove adds to a plan a resource that is deleted without Terraform, because the state does not contain it.
func (p *Plan) remove(resourceType, name, reason, address string) {
	kind := inventory.TypeOf(resourceType).Label
	p.Lines = append(p.Lines, Line{Mark: "-", Kind: kind, Name: name, Detail: reason, Address: address})
	p.Remove++
}
