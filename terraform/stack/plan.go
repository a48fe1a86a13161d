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
	plan, needs, err := r.look(ctx)
	if err != nil {
		return Plan{}, err
	}
	if len(needs.conflicts) > 0 {
		return Plan{}, &ConflictError{Conflicts: needs.conflicts}
	}
	summary := r.summary(plan, needs.soften(plan))
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
	needs, err := examine(ctx, plan, r.cloud, r.Name, r.journal.Unfinished != "")
	return plan, needs, err
}

// sound plans until the plan needs nothing: what was left half made is kept, what has no record is adopted.
func (r *session) sound(ctx context.Context) (*tfjson.Plan, error) {
	for range 3 {
		plan, needs, err := r.look(ctx)
		if err != nil {
			return nil, err
		}
		if len(needs.conflicts) > 0 {
			return nil, &ConflictError{Conflicts: needs.conflicts}
		}
		if needs.none() {
			return plan, nil
		}
		if err := r.begin("up"); err != nil { // from here on there is something to lose
			return nil, err
		}
		if err := r.repair(ctx, needs, r.folder.proposed()); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the plan keeps finding resources that the state does not hold; the state is in %s", r.state)
}

func (r *session) repair(ctx context.Context, needs repairs, variables string) error {
	for _, address := range needs.keep {
		r.Report.Note("kept, though the last run was cut off while making it: " + address)
		if err := r.terraform.untaint(ctx, address); err != nil {
			return err
		}
	}
	for _, a := range needs.adopt {
		r.Report.Note("adopted, since it exists and is this stack's: " + a.label)
		if err := r.terraform.adopt(ctx, a.address, a.id, variables); err != nil {
			return err
		}
	}
	return nil
}

func (r *session) summary(plan *tfjson.Plan, repaired map[string]string) Plan {
	p := summarise(plan, repaired)
	p.Stack, p.Region, p.Account, p.Endpoint = r.Name, r.place.region, r.place.account, r.place.endpoint
	return p
}
