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

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
)

// Up makes the stack what the options say. A run that was cut off is continued.
func (s *Stack) Up(ctx context.Context, o Options) (Outputs, error) {
	r, err := s.open(ctx, "up", o.Region)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	p, err := r.propose(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.approve(ctx, p, o); err != nil {
		return nil, err
	}
	if err := r.carryOut(ctx, p, o); err != nil {
		return nil, r.explain(ctx, "up", err)
	}
	if err := r.journal.end(); err != nil {
		return nil, err
	}
	outputs, err := r.terraform.Outputs(ctx)
	if err != nil {
		return nil, &RunError{
			Verb: "up", err: err, Next: `"outputs" prints them`,
			Failures: []Failure{{Text: fmt.Sprintf("the stack is up, but its outputs could not be read: %v", err)}},
		}
	}
	return outputs, nil
}

// approve shows what is proposed, and has it refused or approved. Until then nothing is changed.
func (r *session) approve(ctx context.Context, p *proposal, o Options) error {
	r.Report.Planned(p.summary)
	if err := p.goes.permit(o.DeleteObjects, o.DropEvents); err != nil {
		return err
	}
	return r.ask(ctx, p)
}

func (r *session) ask(ctx context.Context, p *proposal) error {
	if p.summary.Empty() {
		return nil
	}
	yes, err := r.Approve(ctx, p.summary)
	if err == nil && !yes {
		err = ErrDeclined
	}
	return err
}

// carryOut does what was approved. What no state holds goes before the new variables are the stack's own, with which it
// would not be found again.
func (r *session) carryOut(ctx context.Context, p *proposal, o Options) error {
	if len(p.repair) > 0 {
		if err := r.repair(ctx, p, o); err != nil {
			return err
		}
	}
	if err := r.emptyBuckets(ctx, p); err != nil {
		return err
	}
	if err := r.removeAll(ctx, p.remove); err != nil {
		return err
	}
	if err := r.begin("up"); err != nil {
		return err
	}
	progress := r.progress(ctx, &p.summary)
	progress.refused, progress.creating = r.refused(p.plan), r.journal.creating
	if len(p.plan.ResourceChanges) == 0 && !outputsChange(p.plan) {
		return nil
	}
	return r.terraform.apply(ctx, progress)
}

// repair untaints what a run of ours left half made, and plans again with the state as it is then. Should that plan do
// anything else than what was shown, it is shown and asked about.
func (r *session) repair(ctx context.Context, p *proposal, o Options) error {
	for _, address := range p.repair {
		if err := r.terraform.Untaint(ctx, address); err != nil {
			return err
		}
	}
	if err := r.terraform.folder.writeImports(p.adopt); err != nil {
		return err
	}
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.proposed(), false, false)
	if err != nil || same(plan, p.plan) {
		p.plan = plan
		return err
	}
	r.Report.Note("something has changed since the plan was shown: this is what is left to do")
	p.plan, p.repair = plan, nil
	if err := r.summarise(ctx, p); err != nil {
		return err
	}
	err = r.approve(ctx, p, o)
	if errors.Is(err, ErrDeclined) {
		text := "not approved; of what was shown before, only the record of what the last run left half made was repaired"
		return &RunError{Failures: []Failure{{Text: text}}, err: err}
	}
	return err
}

// begin makes the proposed variables the stack's own, and notes that something is being changed. Both are there before
// anything is: what a run makes before it is killed is found with them.
func (r *session) begin(verb string) error {
	if err := r.acceptProposed(); err != nil {
		return err
	}
	r.journal.Program = r.terraform.Program.Path
	return r.journal.begin(verb, r.place)
}

func (r *session) acceptProposed() error {
	variables, err := os.ReadFile(r.folder.proposed())
	if err != nil {
		return fmt.Errorf("remember the variables: %w", err)
	}
	return replaceFile(r.folder.variables(), variables)
}

// explain completes an error of a run that was changing something with what was done, and with how to go on.
func (r *session) explain(ctx context.Context, verb string, err error) error {
	if err == nil {
		return nil
	}
	failed := new(RunError)
	if !errors.As(err, &failed) {
		failed = &RunError{err: err}
	}
	failed.Verb = verb
	failed.Next = fmt.Sprintf("what was done is recorded: %q goes on from here, %q removes it", "up", "down")
	if hinted := Hinted(nil); verb == "down" {
		failed.Next = fmt.Sprintf("what was done is recorded: %q goes on from here", "down")
	} else if failed.err == err && errors.As(err, &hinted) { //nolint:errorlint // it is not Terraform's
		failed.Next = hinted.Hint()
	}
	if interrupted(ctx, err) {
		failed.Failures = []Failure{{Text: interruption(err)}}
		return failed
	}
	if r.cutOff {
		return failed // it may have failed before it came to what the run before it did not record
	}
	return errors.Join(failed, r.journal.fail())
}

func interruption(err error) string {
	switch {
	case strings.Contains(err.Error(), "signal: killed"):
		return fmt.Sprintf("interrupted; Terraform did not end within %s and was killed", driver.Graceful)
	case errors.As(err, new(*RunError)):
		return "interrupted; Terraform has ended in order, its state is saved and its lock released"
	}
	return "interrupted before all was done"
}

// refusal is how long AWS refuses the name of a deleted queue.
const refusal = time.Minute

// refused are the queues that a plan creates under names which were deleted just now, with the time from which AWS
// takes them again. The provider itself tries until then; the person sees what is being waited for.
func (r *session) refused(plan *tfjson.Plan) map[string]time.Time {
	until, queues := r.journal.DeletedAt.Add(refusal), map[string]time.Time{}
	if time.Now().After(until) {
		return nil
	}
	for _, c := range created(plan, false) {
		name := text(object(c.Change.After)["name"])
		if c.Type == "aws_sqs_queue" && slices.Contains(r.journal.Deleted, name) {
			queues[c.Address] = until
		}
	}
	if len(queues) > 0 {
		ago, wait := time.Since(r.journal.DeletedAt).Round(time.Second), time.Until(until).Round(time.Second)
		r.Report.Note(fmt.Sprintf("deleted %s ago: %s of the same name; AWS takes the name again in %s, "+
			"and it is tried until then (QUEUE_SUFFIX=random does not wait)", ago, plural(len(queues), "queue"), wait))
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
