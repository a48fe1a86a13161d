package stack

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// DownOptions say how far down goes.
type DownOptions struct {
	// DeleteObjects lets buckets go that hold objects.
	DeleteObjects bool
	// Made is what the stack was made with: needed only when another machine made it, with its state in S3.
	Made *Options
	// Region and EventBus are where a stack is looked for that this machine does not know.
	Region, EventBus string
}

// Down removes the stack. It needs nothing but the name, and returns ErrUnknown when there is no such stack.
func (s *Stack) Down(ctx context.Context, o DownOptions) error {
	r, err := s.openKnown(ctx, "down", o.Made)
	if errors.Is(err, ErrUnknown) {
		return s.refuseUnknown(ctx, o, err)
	}
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return err
	}
	p := &proposal{destroy: true, remove: r.unrecordedForDown(ctx)}
	r.Report.Note("comparing with what exists")
	if p.plan, err = r.destroyPlan(ctx); err != nil {
		return err
	}
	if err := r.refuseLost(ctx, p.plan); err != nil {
		return err
	}
	p.remove = append(p.remove, r.tailQueues(ctx)...)
	if err := r.summarise(ctx, p); err != nil {
		return err
	}
	r.Report.Planned(p.summary)
	if err := p.goes.permit(o.DeleteObjects, true); err != nil {
		return err
	}
	if err := r.ask(ctx, p); err != nil {
		return err
	}
	if err := r.explain(ctx, "down", r.destroy(ctx, p)); err != nil {
		return err
	}
	return r.forget(append(deletedQueues(p.plan), queuesAmong(p.remove)...))
}

func (r *session) destroyPlan(ctx context.Context) (*tfjson.Plan, error) {
	return r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), true, false)
}

// unrecordedForDown is what a run that was cut off made and did not record. That they cannot be looked for keeps
// nothing else from being removed.
func (r *session) unrecordedForDown(ctx context.Context) []resource {
	if !r.cutOff {
		return nil
	}
	unrecorded, err := r.findUnrecorded(ctx)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("cannot look for what the last up created and did not record: " + err.Error())
	}
	return unrecorded
}

// destroy carries out what was approved. Until what no state holds is gone, it is the up that is to be looked for.
func (r *session) destroy(ctx context.Context, p *proposal) error {
	if p.summary.Empty() {
		return nil
	}
	if err := r.emptyBuckets(ctx, p); err != nil {
		return err
	}
	if err := r.removeAll(ctx, p.remove); err != nil {
		return err
	}
	if err := r.journal.begin("down", r.place); err != nil {
		return err
	}
	err := r.terraform.apply(ctx, r.progress(ctx, &p.summary))
	permitted := slices.ContainsFunc(p.goes.buckets, func(b BucketContents) bool { return b.permitted })
	for range lateRounds {
		if err == nil || !permitted || !strings.Contains(err.Error(), "BucketNotEmpty") {
			break
		}
		if err = r.destroyRest(ctx, p); err == nil {
			err = r.terraform.apply(ctx, r.progress(ctx, &p.summary))
		}
	}
	return err
}

// lateRounds is how often buckets are emptied again of what came after they had been: a trail's last logs.
const lateRounds = 3

// destroyRest plans what is left of a plan that was approved, and refuses what was not in it.
func (r *session) destroyRest(ctx context.Context, p *proposal) error {
	plan, err := r.destroyPlan(ctx)
	if err != nil {
		return err
	}
	shown := map[string]bool{}
	for _, c := range p.plan.ResourceChanges {
		shown[c.Address] = true
	}
	for _, c := range plan.ResourceChanges {
		if c.Change.Actions.Delete() && !shown[c.Address] {
			return errors.New("there is more to destroy by now than was shown: " + c.Address)
		}
	}
	return r.emptyBuckets(ctx, p)
}

// forget clears the folder of a stack that is gone.
func (r *session) forget(queues []string) error {
	if err := r.folder.clear(r.state); err != nil {
		return err
	}
	return r.journal.forget(queues, time.Now())
}

func deletedQueues(plan *tfjson.Plan) (names []string) {
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_sqs_queue" && c.Change.Actions.Delete() {
			names = append(names, text(object(c.Change.Before)["name"]))
		}
	}
	return names
}

// refuseLost keeps down from forgetting a stack that AWS has and the state, empty or missing, does not know.
func (r *session) refuseLost(ctx context.Context, destroy *tfjson.Plan) error {
	deletes := func(c *tfjson.ResourceChange) bool { return c.Change.Actions.Delete() }
	if r.cutOff || slices.ContainsFunc(destroy.ResourceChanges, deletes) {
		return nil
	}
	r.Report.Note("the state is empty: looking for the stack in AWS")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), false, false)
	if err != nil {
		return err
	}
	needs, err := examine(ctx, plan, r.aws, r.Name, claim{})
	if err == nil && len(needs.foreign) > 0 {
		err = &TakeoverError{Stack: r.Name, State: r.state.String(), Found: needs.foreign}
	}
	return err
}

// refuseUnknown is refuseLost for a stack of which this machine knows nothing but the name: unknown is returned when
// AWS does not have it, or does not answer.
func (s *Stack) refuseUnknown(ctx context.Context, o DownOptions, unknown error) error {
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	aws, err := inventory.New(asking, o.Region)
	if err != nil {
		return err
	}
	rules, err := aws.Rules(asking, cmp.Or(o.EventBus, tail.DefaultBus), s.Name, nil)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.Report.Note("cannot ask AWS for a stack of this name: " + err.Error())
		return unknown
	case len(rules) == 0:
		return unknown
	}
	home, err := s.home()
	if err != nil {
		return err
	}
	return takeoverOf(rules, s.Name, string(home))
}
