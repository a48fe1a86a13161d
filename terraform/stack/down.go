package stack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// Down removes the stack, and returns ErrUnknown if there is no such stack. It needs only the name: of the options, it
// uses DeleteObjects and, to look for a stack that this machine does not know, Region and EventBus. createdWith holds
// the options that the stack was created with. It is needed only if another machine created the stack and STATE says
// where its state is.
func (s *Stack) Down(ctx context.Context, o Options, createdWith *Options) error {
	r, err := s.openKnown(ctx, "down", createdWith)
	if errors.Is(err, ErrUnknown) {
		return s.refuseUnknown(ctx, o, err)
	}
	if err != nil {
		return err
	}
	defer r.close()
	for attempt := 1; ; attempt++ {
		p, err := r.proposeDown(ctx)
		if err == nil {
			err = r.approveAndApply(ctx, p, o.DeleteObjects, true)
		}
		if err == nil {
			return r.folder.clear(r.state)
		}
		if attempt > 1 {
			err = r.explain(ctx, err) // whatever ended this attempt, the first one has made changes
		}
		// Objects can arrive in a bucket after it was emptied, such as the last logs of a trail.
		if !o.DeleteObjects || attempt == 3 || !strings.Contains(err.Error(), "BucketNotEmpty") {
			return err
		}
		r.Report.Note("objects have arrived in a bucket since it was emptied")
	}
}

// proposeDown finds everything that belongs to the stack. If resources that the state does not contain cannot be
// looked up, it reports that, and the rest is removed anyway; but if there is no rest, that is an error, because the
// stack would be forgotten although it may exist.
func (r *session) proposeDown(ctx context.Context) (*Plan, error) {
	unrecorded, lookupErr := r.findUnrecorded(ctx)
	if lookupErr != nil && ctx.Err() == nil {
		r.Report.Note("cannot look for resources that the last 'stack up' created and did not record: " + lookupErr.Error())
	}
	r.Report.Note("comparing the stack with what exists in AWS")
	plan, err := r.planDestroy(ctx)
	if err == nil && !slices.ContainsFunc(plan.ResourceChanges, deletes) {
		if err = lookupErr; r.journal.Unfinished != "up" {
			err = r.refuseLostState(ctx)
		}
		if err == nil {
			plan, err = r.planDestroy(ctx) // apply uses the plan that was made last
		}
	}
	if err != nil {
		return nil, err
	}
	tails, err := tail.Clients{Client: r.aws, Stack: r.Name, Bus: r.folder.bus()}.All(ctx)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("cannot look for the resources of a tail command that was killed: " + err.Error())
	}
	for _, f := range tails {
		reason := "created by a tail command that was killed or is still running"
		unrecorded = append(unrecorded, existing{Found: f, reason: reason})
	}
	return r.summarise(ctx, plan, unrecorded)
}

// planDestroy plans without reading an adopted bucket, which may no longer exist.
func (r *session) planDestroy(ctx context.Context) (*tfjson.Plan, error) {
	return r.plan(ctx, r.folder.variablesPath(), false, tfexec.Destroy(true), notAdopted)
}

// refuseLostState returns an error if the state is empty or missing but the stack still exists in AWS, apart from what
// findUnrecorded finds: down would otherwise delete its own records of that stack.
func (r *session) refuseLostState(ctx context.Context) error {
	r.Report.Note("the state is empty: looking for the stack in AWS")
	list, err := r.plannedButExisting(ctx)
	var lost []inventory.Found
	for _, e := range list {
		if e.Tags[StackTag] == r.Name && (!r.state.remote() || !r.owns(e)) {
			lost = append(lost, e.Found)
		}
	}
	if err != nil || len(lost) == 0 {
		return err
	}
	return takeoverError(r.Name, r.state.String(), lost)
}

// refuseUnknown is like refuseLostState, for a stack of which this machine has only the name. It returns the error
// unknown if AWS has no rule of the stack, or if the request for them fails before ctx ends.
func (s *Stack) refuseUnknown(ctx context.Context, o Options, unknown error) error {
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	aws, err := inventory.Open(asking, o.Region)
	if err != nil {
		return err
	}
	rules, err := aws.StackRules(asking, o.bus(), s.Name, nil)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.Report.Note("cannot ask AWS for a stack of this name: " + err.Error())
		return unknown
	case len(rules) == 0:
		return unknown
	}
	home, _ := s.home() // openKnown has returned an error otherwise
	return takeoverError(s.Name, string(home), rules)
}
