package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// DownOptions say how far down goes.
type DownOptions struct {
	// DeleteObjects lets buckets go that hold objects.
	DeleteObjects bool
	// Made is what the stack was made with: needed only when another machine made it, with its state in S3.
	Made *Options
}

// Down removes the stack. It needs nothing but the name, and returns ErrUnknown when there is no such stack.
func (s *Stack) Down(ctx context.Context, o DownOptions) error {
	r, err := s.openKnown(ctx, "down", o.Made)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return err
	}
	strays := r.leftovers(ctx)
	r.Report.Note("looking at what is there")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), true)
	if err != nil {
		return err
	}
	tails := r.tails(ctx)
	if err := r.destroy(ctx, plan, strays, tails, o); err != nil {
		return err
	}
	return r.forget(append(deletedQueues(plan), queuesAmong(strays)...))
}

// leftovers are what a run that was cut off made and did not record. That they cannot be looked for keeps nothing else from
// being removed.
func (r *session) leftovers(ctx context.Context) []adoption {
	if !r.unsure {
		return nil
	}
	strays, err := r.unrecorded(ctx)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("what the last up made and did not record could not be looked for: " + err.Error())
	}
	return strays
}

func (r *session) destroy(ctx context.Context, plan *tfjson.Plan, strays, tails []adoption, o DownOptions) error {
	buckets := doomed(plan)
	full, err := r.cloud.full(ctx, buckets)
	if err != nil {
		return err
	}
	if len(full) > 0 && !o.DeleteObjects {
		return &NotEmptyError{Buckets: full}
	}
	summary := r.summary(plan, nil)
	summary.Destroy = true
	summary.warn(full)
	summary.removed(strays)
	summary.removedAs("of a tail that was killed, or still looks on", tails)
	r.Report.Planned(summary)
	if summary.Empty() {
		return nil
	}
	if err := r.approve(ctx, summary); err != nil {
		return err
	}
	if err := r.cloud.removeAll(ctx, append(strays, tails...)); err != nil {
		return err
	}
	if err := r.journal.begin("down", r.place); err != nil { // not before: until now it was the up that is to be looked for
		return err
	}
	return r.explain(ctx, "down", r.raze(ctx, buckets, &summary, o))
}

func (r *session) raze(ctx context.Context, buckets []*tfjson.ResourceChange, summary *Plan, o DownOptions) error {
	if o.DeleteObjects {
		if err := r.permit(ctx, buckets); err != nil {
			return err
		}
	}
	return r.terraform.apply(ctx, r.progress(ctx, summary))
}

// warn says in the plan which objects go with their buckets.
func (p *Plan) warn(full []Contents) {
	for _, f := range full {
		for i, l := range p.Lines {
			if l.Kind == "bucket" && l.Name == f.Bucket {
				p.Lines[i].Detail = "WITH ALL OBJECTS: it " + f.String()[len(f.Bucket)+1:]
			}
		}
	}
}

// permit has buckets emptied when they are destroyed, and makes the plan anew: the old one does not know of it. Those that
// are empty now may not be then.
func (r *session) permit(ctx context.Context, buckets []*tfjson.ResourceChange) error {
	var addresses []string
	for _, b := range buckets {
		if object(b.Change.Before)["force_destroy"] != true {
			addresses = append(addresses, b.Address)
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	if err := r.rewrite("force_destroy", true); err != nil {
		return err
	}
	if err := r.terraform.permit(ctx, newProgress(ctx, silent{}), r.folder.variables(), addresses); err != nil {
		return err
	}
	_, err := r.terraform.plan(ctx, r.progress(ctx, nil), r.folder.variables(), true)
	return err
}

// silent hides a run that the person did not ask for.
type silent struct{}

func (silent) Note(string)  {}
func (silent) Planned(Plan) {}
func (silent) Step(Step)    {}

// rewrite changes one of the stack's variables.
func (r *session) rewrite(name string, value any) error {
	encoded, err := os.ReadFile(r.folder.variables())
	if err != nil {
		return fmt.Errorf("read the variables: %w", err)
	}
	variables := map[string]any{}
	if err := json.Unmarshal(encoded, &variables); err != nil {
		return fmt.Errorf("read the variables: %w", err)
	}
	variables[name] = value
	return writeJSON(r.folder.variables(), variables)
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
