package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// findUnrecorded returns what the last up created and did not record, if it did not succeed: it was killed or
// interrupted, or it ended with an error, perhaps because Terraform was killed. If other machines can use the state,
// that up may have been on another one, and down always looks for what it left.
func (r *session) findUnrecorded(ctx context.Context) ([]existing, error) {
	if r.journal.Unfinished != "up" && (r.verb != "down" || !r.state.remote()) {
		return nil, nil
	}
	r.Report.Note("looking for resources of the stack that the state does not contain")
	list, err := r.plannedButExisting(ctx)
	list = slices.DeleteFunc(list, func(e existing) bool { return e.renamed || !r.owns(e) })
	for i := range list {
		list[i].reason = "created by an 'up' that did not succeed, and not recorded"
	}
	return list, err
}

// plannedButExisting plans with the remembered variables, and returns what exists in AWS of what that plan would
// create: the resources that the state does not contain.
func (r *session) plannedButExisting(ctx context.Context) ([]existing, error) {
	plan, err := r.plan(ctx, r.folder.variablesPath(), false)
	if err != nil && adoptedBucketIsGone(err) { // then no bucket can be taken for the stack's own
		plan, err = r.plan(ctx, r.folder.variablesPath(), false, notAdopted)
	}
	if err != nil {
		return nil, err
	}
	return findExisting(ctx, plan, r.aws.Find)
}

// keepIncomplete removes the taint from all tainted resources, so that Terraform updates and does not replace them, and
// reports whether there were any. Those that a person tainted are kept, too: when Terraform creates a queue or rule of
// the same name, AWS returns the existing one, and Terraform then deletes it. The plan has refreshed them, so they
// exist.
func (r *session) keepIncomplete(ctx context.Context, plan *tfjson.Plan) (kept bool, err error) {
	for _, c := range plan.ResourceChanges {
		if c.ActionReason != tfjson.ActionReasonReplaceBecauseTainted {
			continue
		}
		r.Report.Note("keeping " + c.Address + ", which is tainted: a run did not finish creating it, or somebody tainted it")
		inState := cmp.Or(c.PreviousAddress, c.Address)
		if err := r.terraform.Untaint(ctx, inState, tfexec.LockTimeout(r.LockTimeout.String())); err != nil {
			return kept, fmt.Errorf("keep %s: %w", c.Address, err)
		}
		kept = true
	}
	return kept, nil
}

// unsavedState is the file in which Terraform leaves a state that it could not save.
const unsavedState = "errored.tfstate"

// pushUnsaved saves the state that the last run could not save. Terraform refuses if the stored one has changed since.
func (r *session) pushUnsaved(ctx context.Context) error {
	path := filepath.Join(r.folder.modulesPath(), unsavedState)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.Report.Note("saving the state that the last run could not save")
	return r.withInit(ctx, func() error {
		timeout := tfexec.LockTimeout(r.LockTimeout.String())
		if err := r.terraform.StatePush(ctx, path, tfexec.Lock(true), timeout); err != nil {
			next := cmp.Or(r.state.lockHint(err), "run this again when the state can be saved; "+
				"if another run has changed the state since: rm "+path)
			return &RunError{Verb: "save the state of the last run", Next: next, err: err}
		}
		return os.Remove(path)
	})
}

// repairState moves a local state aside if its writer was killed while writing it, and restores the backup. Resources
// that only the broken state recorded are found again in AWS by their tags.
func (r *session) repairState(now time.Time) error {
	text, err := os.ReadFile(r.state.path)
	if r.state.remote() || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	before, _ := os.ReadFile(r.state.path + ".backup")
	// Terraform creates the file before it has anything to record.
	if json.Valid(text) || len(text) == 0 && len(before) == 0 {
		return nil
	}
	aside := fmt.Sprintf("%s.broken-%d", r.state.path, now.Unix())
	if err := os.Rename(r.state.path, aside); err != nil {
		return fmt.Errorf("move the broken state aside: %w", err)
	}
	r.Report.Note("the last run was killed while it wrote the state; the incomplete state is kept in " + aside)
	if !json.Valid(before) {
		return nil // Terraform begins without a state, and the plan imports what exists
	}
	return replaceFile(r.state.path, before)
}
