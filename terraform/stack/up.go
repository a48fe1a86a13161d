package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// Up makes the stack what the options say. A run that was cut off is gone on with.
func (s *Stack) Up(ctx context.Context, o Options) (Outputs, error) {
	r, err := s.open(ctx, "up", o.Region)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	if err := r.propose(ctx, o); err != nil {
		return nil, err
	}
	strays, err := r.strays(ctx)
	if err != nil {
		return nil, err
	}
	plan, needs, err := r.sound(ctx, r.keep(ctx))
	if err != nil {
		return nil, err
	}
	if err := r.carryOut(ctx, plan, without(strays, needs.adopt)); err != nil {
		return nil, err
	}
	return r.terraform.outputs(ctx)
}

func (r *session) carryOut(ctx context.Context, plan *tfjson.Plan, strays []adoption) error {
	summary := r.summary(plan, nil)
	summary.removed(strays)
	r.Report.Planned(summary)
	if !summary.Empty() {
		if err := r.approve(ctx, summary); err != nil {
			return err
		}
	}
	if err := r.cloud.removeAll(ctx, strays); err != nil {
		return err
	}
	if err := r.begin("up"); err != nil {
		return err
	}
	if !summary.Empty() || outputsChange(plan) {
		p := r.progress(ctx, &summary)
		p.refused = r.refused(plan)
		if err := r.terraform.apply(ctx, p); err != nil {
			return r.explain(ctx, "up", err)
		}
	}
	return r.journal.end()
}

func (r *session) approve(ctx context.Context, p Plan) error {
	yes, err := r.Approve(ctx, p)
	if err == nil && !yes {
		err = ErrDeclined
	}
	return err
}

// begin makes the proposed variables the stack's own, and notes that something is being changed. Both are there before
// anything is: what a run makes before it is killed is found with them.
func (r *session) begin(verb string) error {
	if err := r.remember(); err != nil {
		return err
	}
	return r.journal.begin(verb, r.place)
}

func (r *session) remember() error {
	variables, err := os.ReadFile(r.folder.proposed())
	if err != nil {
		return fmt.Errorf("remember the variables: %w", err)
	}
	return replaceFile(r.folder.variables(), variables)
}

// explain completes an error of apply with how to go on.
func (r *session) explain(ctx context.Context, verb string, err error) error {
	var failed *RunError
	if !errors.As(err, &failed) {
		return err
	}
	failed.Verb = verb
	failed.Further = fmt.Sprintf("what was done is recorded: %q goes on from here, %q removes it", "up", "down")
	if verb == "down" {
		failed.Further = fmt.Sprintf("what was done is recorded: %q goes on from here", "down")
	}
	if interrupted(ctx, err) {
		words := "interrupted; Terraform has ended in order, its state is saved and its lock released"
		if strings.Contains(err.Error(), "signal: killed") {
			words = fmt.Sprintf("interrupted; Terraform did not end within %s and was killed", graceful)
		}
		failed.Failures = []Failure{{Words: words}}
		return failed
	}
	if r.unsure {
		return failed // it may have failed before it came to what the run before it did not record
	}
	return errors.Join(failed, r.journal.fail())
}

// refusal is how long AWS refuses the name of a deleted queue.
const refusal = time.Minute

// refused are the queues that a plan creates under names which were deleted just now, with the time from which AWS takes
// them again. The provider itself tries until then; the person is told what is being waited for.
func (r *session) refused(plan *tfjson.Plan) map[string]time.Time {
	until, queues := r.journal.DeletedAt.Add(refusal), map[string]time.Time{}
	if time.Now().After(until) {
		return nil
	}
	for _, c := range created(plan, false) {
		if name := text(object(c.Change.After)["name"]); c.Type == "aws_sqs_queue" && slices.Contains(r.journal.Deleted, name) {
			queues[c.Address] = until
		}
	}
	if len(queues) > 0 {
		r.Report.Note(fmt.Sprintf("deleted %s ago: %s of the same name; AWS takes the name again in %s, and it is tried until then (QUEUE_SUFFIX=random does not wait)",
			time.Since(r.journal.DeletedAt).Round(time.Second), plural(len(queues), "queue"), time.Until(until).Round(time.Second)))
	}
	if r.place.endpoint != "" {
		return nil // what stands in for AWS may well take them at once
	}
	return queues
}

func outputsChange(plan *tfjson.Plan) bool {
	for _, c := range plan.OutputChanges {
		if !c.Actions.NoOp() {
			return true
		}
	}
	return false
}
