package stack

import (
	"context"
	"fmt"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// Up creates the stack, or changes it to match the options. It continues a run that was cut off.
func (s *Stack) Up(ctx context.Context, o Options) (Outputs, error) {
	r, err := s.open(ctx, "up", o.Region)
	if err != nil {
		return nil, err
	}
	defer r.close()
	p, err := r.propose(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.approveAndApply(ctx, p, o.DeleteObjects, o.DropEvents); err != nil {
		return nil, err
	}
	if err := r.journal.end(); err != nil {
		return nil, err
	}
	outputs, err := r.outputs(ctx)
	if err != nil {
		text := fmt.Sprintf("the stack is up, but its outputs could not be read: %v", err)
		return nil, &RunError{Verb: "up", Failures: []string{text}, Next: `"outputs" prints them`, err: err}
	}
	return outputs, nil
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
	r.Report.Planned(*p)
	if err := permit(p.losses, o.DeleteObjects, o.DropEvents); err != nil {
		r.Report.Note("'stack up' would fail: " + err.Error())
	}
	return *p, nil
}

// propose determines the changes that make the stack match the options.
func (r *session) propose(ctx context.Context, o Options) (*Plan, error) {
	r.takeOver = o.AdoptStack
	if err := r.writeProposed(ctx, o); err != nil {
		return nil, err
	}
	unrecorded, err := r.findUnrecorded(ctx)
	if err != nil {
		return nil, err
	}
	plan, adopted, err := r.planUntilComplete(ctx)
	if err != nil {
		return nil, err
	}
	fromOtherState, err := r.rulesOfOtherState(ctx, plan, o.bus())
	if err != nil {
		return nil, err
	}
	remove := slices.DeleteFunc(unrecorded, func(u existing) bool {
		return slices.ContainsFunc(adopted, func(a existing) bool { return a.Type == u.Type && a.ID == u.ID })
	})
	return r.summarise(ctx, plan, append(remove, fromOtherState...))
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
	return writeJSON(r.folder.proposedPath(), o.variables(r.Name, adopt, r.state.String()))
}

// planUntilComplete plans again until the plan keeps the incomplete resources of the last run, and imports every
// resource of the stack that is missing from the state.
func (r *session) planUntilComplete(ctx context.Context) (plan *tfjson.Plan, adopted []existing, err error) {
	for range 4 {
		r.Report.Note("comparing the stack with what exists in AWS")
		// To take a stack over, a plan that changes nothing must be read, too: rulesOfOtherState deletes what is not in it.
		if plan, err = r.plan(ctx, r.folder.proposedPath(), r.takeOver); err != nil {
			return nil, nil, err
		}
		kept, err := r.keepIncomplete(ctx, plan)
		if err != nil {
			return nil, nil, err
		}
		if kept {
			continue
		}
		more, err := findExisting(ctx, plan, r.aws.Find)
		if err == nil {
			err = r.refuse(more)
		}
		if err != nil || len(more) == 0 {
			return plan, adopted, err
		}
		adopted = append(adopted, more...)
		if err := r.folder.writeImports(adopted); err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("after four plans, there are still resources that the state in %s does not contain: "+
		"run this again", r.state)
}
