package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// approveAndApply shows a plan, and carries it out if it is permitted and the user approves it. Nothing is changed
// before that.
func (r *session) approveAndApply(ctx context.Context, p *Plan, deleteObjects, dropEvents bool) error {
	r.Report.Planned(*p)
	err := permit(p.losses, deleteObjects, dropEvents)
	if err == nil && !p.Empty() {
		var yes bool
		if yes, err = r.Approve(ctx, *p); err == nil && !yes {
			err = ErrDeclined
		}
	}
	if err == nil { // more may have arrived while the question was open
		p.losses, err = r.losses(ctx, p.terraform, p.unrecorded)
	}
	if err == nil {
		err = permit(p.losses, deleteObjects, dropEvents)
	}
	if err != nil {
		return err
	}
	if err := r.carryOut(ctx, p); err != nil {
		return r.explain(ctx, err)
	}
	return nil
}

// carryOut does what was approved. Resources that the state does not contain are deleted before the new variables are
// accepted and the journal is written: if this run is killed before they are deleted, the next run can find them only
// with the old variables and the old journal.
func (r *session) carryOut(ctx context.Context, p *Plan) error {
	if err := r.remove(ctx, p); err != nil {
		return err
	}
	if !p.Destroy {
		if err := r.folder.acceptProposed(); err != nil {
			return err
		}
		r.journal.Program = r.program.Path
	}
	if err := r.journal.begin(r.verb, r.place); err != nil {
		return err
	}
	if len(p.terraform.ResourceChanges) == 0 && len(changedOutputs(p.terraform)) == 0 {
		return nil
	}
	return r.apply(ctx, *p)
}

// remove deletes the resources that the state does not contain, and the objects in the buckets that Terraform will
// delete.
func (r *session) remove(ctx context.Context, p *Plan) error {
	if err := r.emptyBuckets(ctx, p.losses); err != nil {
		return err
	}
	ordered := slices.SortedStableFunc(slices.Values(p.unrecorded), func(a, b existing) int {
		return inventory.Rank(b.Type) - inventory.Rank(a.Type)
	})
	for _, e := range ordered {
		if err := r.aws.Remove(ctx, e.Found); err != nil {
			return err
		}
	}
	return ctx.Err() // if it ended after the last deletion, Terraform is not started
}

// explain completes the error of a run that had begun to make changes: it adds how to continue and, if the run was
// interrupted, how it ended. Any other failure is also recorded in the journal.
func (r *session) explain(ctx context.Context, err error) error {
	failed := &RunError{err: err}
	errors.As(err, &failed)
	if failed.Verb == r.verb {
		return err // it is complete already
	}
	failed.Verb, failed.Next = r.verb, fmt.Sprintf("run %q again to continue", r.verb)
	if r.verb == "up" {
		failed.Next += `, or "down" to remove the stack`
	}
	if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		return errors.Join(failed, r.journal.fail())
	}
	how := " before everything was done; the state is saved, and its lock is released"
	_, missing := os.Stat(filepath.Join(r.folder.modulesPath(), unsavedState))
	switch {
	case missing == nil:
		how = " before everything was done; Terraform could not save the state: the next command on this machine tries again"
	case strings.Contains(err.Error(), "signal: killed"):
		how = fmt.Sprintf("; Terraform did not end within %s and was killed", driver.Graceful)
	}
	failed.Failures = []string{"interrupted" + how}
	return failed
}
