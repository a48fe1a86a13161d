package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
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
		r.sayRecent(plan)
		if err := r.terraform.apply(ctx, r.progress(ctx, &summary)); err != nil {
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

// sayRecent tells of the wait for a queue's name. The provider itself tries until AWS takes it.
func (r *session) sayRecent(plan *tfjson.Plan) {
	left := refusal - time.Since(r.journal.DeletedAt)
	if left <= 0 || r.place.endpoint != "" { // what stands in for AWS does not refuse it
		return
	}
	for _, c := range created(plan, false) {
		for _, name := range r.journal.Deleted {
			if c.Type == "aws_sqs_queue" && object(c.Change.After)["name"] == name {
				r.Report.Note(fmt.Sprintf("the queue %s was deleted %s ago, and AWS refuses its name for 60 s: it is tried until AWS takes it, in about %s (QUEUE_SUFFIX=random does not wait)",
					name, time.Since(r.journal.DeletedAt).Round(time.Second), left.Round(time.Second)))
			}
		}
	}
}

func outputsChange(plan *tfjson.Plan) bool {
	for _, c := range plan.OutputChanges {
		if !c.Actions.NoOp() {
			return true
		}
	}
	return false
}
