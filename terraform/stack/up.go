package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
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
	if err := r.approve(ctx, p, o.DeleteObjects, o.DropEvents); err != nil {
		return nil, err
	}
	if err := r.carryOut(ctx, p); err != nil {
		return nil, r.explain(ctx, "up", err)
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

// approve shows the proposal, and returns an error if it is not permitted or the user does not approve it. Nothing is
// changed before that.
func (r *session) approve(ctx context.Context, p *proposal, deleteObjects, dropEvents bool) error {
	r.Report.Planned(p.summary)
	if err := permit(p.losses, deleteObjects, dropEvents); err != nil {
		return err
	}
	if p.summary.Empty() {
		return nil
	}
	yes, err := r.Approve(ctx, p.summary)
	if err == nil && !yes {
		err = ErrDeclined
	}
	return err
}

// carryOut does what was approved. Resources that are missing from the state are deleted before the new variables take
// effect, because they are found only with the old variables.
func (r *session) carryOut(ctx context.Context, p *proposal) error {
	if err := r.remove(ctx, p); err != nil {
		return err
	}
	if err := r.acceptProposed(); err != nil {
		return err
	}
	r.journal.Program = r.program.Path
	if err := r.journal.begin("up", r.place); err != nil {
		return err
	}
	if len(p.plan.ResourceChanges) == 0 && len(changedOutputs(p.plan)) == 0 {
		return nil
	}
	return r.apply(ctx, p.summary)
}

// remove deletes the resources that are missing from the state, and the objects in the buckets that Terraform will
// delete.
func (r *session) remove(ctx context.Context, p *proposal) error {
	if err := r.emptyBuckets(ctx, p.losses); err != nil {
		return err
	}
	ordered := slices.SortedStableFunc(slices.Values(p.remove), func(a, b resource) int {
		return inventory.Rank(b.Type) - inventory.Rank(a.Type)
	})
	for _, res := range ordered {
		if err := r.aws.Remove(ctx, res.Found); err != nil {
			return err
		}
	}
	if err := r.tails().RemoveAll(ctx, p.tails); err != nil {
		return err
	}
	return ctx.Err() // if it ended after the last deletion, Terraform is not started
}

// acceptProposed replaces the stack's variables with the proposed ones before anything is created, so that the next run
// can find what this run creates, even if this run is killed.
func (r *session) acceptProposed() error {
	if err := os.Rename(r.folder.proposed(), r.folder.variables()); err != nil {
		return fmt.Errorf("remember the variables: %w", err)
	}
	return nil
}

// explain completes the error of a run that had begun to make changes: it adds what was done and how to continue.
func (r *session) explain(ctx context.Context, verb string, err error) error {
	failed := new(RunError)
	next := fmt.Sprintf("what was done is recorded: run %q again to continue", verb)
	if verb == "up" {
		next += `, or "down" to remove the stack`
	}
	if !errors.As(err, &failed) {
		failed = &RunError{err: err}
	}
	failed.Verb, failed.Next = verb, next
	switch {
	case ctx.Err() == nil && !errors.Is(err, context.Canceled):
		if r.cutOff {
			// This run may have failed before it imported or deleted what the previous run did not record, so the journal
			// must still say that up was cut off.
			return failed
		}
		return errors.Join(failed, r.journal.fail())
	case strings.Contains(err.Error(), "signal: killed"):
		failed.Failures = []string{
			fmt.Sprintf("interrupted; Terraform did not end within %s and was killed", driver.Graceful),
		}
	case errors.As(err, new(*RunError)):
		failed.Failures = []string{"interrupted; Terraform has stopped cleanly, its state is saved, and its lock is released"}
	default:
		failed.Failures = []string{"interrupted before everything was done"}
	}
	return failed
}
