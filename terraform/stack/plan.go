package stack

import (
	"context"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
)

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
	if err := r.propose(ctx, o); err != nil {
		return Plan{}, err
	}
	strays, err := r.strays(ctx)
	if err != nil {
		return Plan{}, err
	}
	plan, needs, err := r.sound(ctx, func(string) error { return nil })
	if err != nil {
		return Plan{}, err
	}
	summary := r.summary(plan, needs.soften(plan))
	summary.removed(without(strays, needs.adopt))
	r.Report.Planned(summary)
	return summary, nil
}

// propose writes the variables that a plan is made with. Those of the stack itself stay until the plan is carried out.
func (r *session) propose(ctx context.Context, o Options) error {
	suffix, err := r.suffix(o)
	if err != nil {
		return err
	}
	adopt, err := r.adopts(ctx, o)
	if err != nil {
		return err
	}
	return writeJSON(r.folder.proposed(), o.variables(r.Name, suffix, adopt))
}

// suffix is the same for as long as the stack lives.
func (r *session) suffix(o Options) (string, error) {
	if o.QueueSuffix != RandomSuffix {
		return o.QueueSuffix, nil
	}
	if r.journal.QueueSuffix == "" {
		r.journal.QueueSuffix = newSuffix()
		return r.journal.QueueSuffix, r.journal.save()
	}
	return r.journal.QueueSuffix, nil
}

// adopts tells whether the bucket is there and somebody else's. One that is not there yet is created, and is ours from then on.
func (r *session) adopts(ctx context.Context, o Options) (bool, error) {
	if !o.AdoptBucket {
		return false, nil
	}
	found, err := r.cloud.find(ctx, "aws_s3_bucket", map[string]any{"bucket": o.Bucket})
	if err != nil {
		return false, err
	}
	return found != nil && found.stack != r.Name, nil
}

// look plans with the proposed variables and finds out what the plan needs.
func (r *session) look(ctx context.Context) (*tfjson.Plan, repairs, error) {
	r.Report.Note("comparing with what is there")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.proposed(), false)
	if err != nil {
		return nil, repairs{}, err
	}
	needs, err := examine(ctx, plan, r.cloud, r.Name, r.unsure)
	return plan, needs, err
}

// sound plans until the plan needs nothing more: what has no record is adopted by it, what was left half made is kept. Of
// what it needed all is returned.
func (r *session) sound(ctx context.Context, keep func(address string) error) (*tfjson.Plan, repairs, error) {
	var all repairs
	for range 3 {
		plan, needs, err := r.look(ctx)
		if err != nil {
			return nil, all, err
		}
		if len(needs.conflicts) > 0 {
			return nil, all, &ConflictError{Conflicts: needs.conflicts}
		}
		more := len(needs.adopt) > 0 || len(needs.keep) > len(all.keep)
		all.adopt, all.keep = append(all.adopt, needs.adopt...), needs.keep
		if !more {
			return plan, all, nil
		}
		for _, address := range needs.keep {
			if err := keep(address); err != nil {
				return nil, all, err
			}
		}
		if err := r.folder.writeAdoptions(all.adopt); err != nil {
			return nil, all, err
		}
	}
	return nil, all, fmt.Errorf("the plan keeps finding resources that the state does not hold; the state is in %s", r.state)
}

// keep takes a resource as sound that the last run left half made.
func (r *session) keep(ctx context.Context) func(string) error {
	return func(address string) error {
		r.Report.Note("kept, though the last run was cut off while making it: " + address)
		return r.terraform.untaint(ctx, address)
	}
}

func (r *session) summary(plan *tfjson.Plan, repaired map[string]string) Plan {
	p := summarise(plan, repaired)
	p.Stack, p.Region, p.Account, p.Endpoint = r.Name, r.place.region, r.place.account, r.place.endpoint
	return p
}
