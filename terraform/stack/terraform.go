package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
)

// terraform runs Terraform or OpenTofu in a stack's folder, and turns what it says into progress and errors.
type terraform struct {
	*driver.Driver
	folder folder
}

func newTerraform(f folder, program driver.Program, mirror string) (*terraform, error) {
	d, err := driver.New(driver.Config{
		Program: program, Mirror: mirror,
		Modules: f.modules(), Data: f.data(), Plan: f.plan(), Log: f.log(), Calls: f.calls(),
	})
	return &terraform{Driver: d, folder: f}, err
}

// init is left out when the last one was for the same: it takes a second, and with a registry many.
func (t *terraform) init(ctx context.Context, p *progress, at state) error {
	fingerprint, err := t.fingerprint()
	if err != nil {
		return err
	}
	if t.isInitialised(fingerprint) {
		return t.folder.writeMessageSize()
	}
	p.report.Note("preparing " + t.Program.Name)
	err = p.explain("init", t.Init(ctx, p.handle))
	if failed := new(RunError); errors.As(err, &failed) {
		failed.Next = at.hint(failed.Error())
	}
	if err != nil {
		return err
	}
	if err := replaceFile(t.folder.initialised(), []byte(fingerprint)); err != nil {
		return err
	}
	return t.folder.writeMessageSize()
}

// fingerprint changes with everything that init looks at: the modules with their backend, the program and the mirror.
func (t *terraform) fingerprint() (string, error) {
	sum, modules := sha256.New(), t.folder.modules()
	err := fs.WalkDir(os.DirFS(modules), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == lockFile {
			return err
		}
		text, err := os.ReadFile(filepath.Join(modules, path))
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the modules: %w", err)
	}
	_, _ = fmt.Fprintf(sum, "%q %q %q", t.Program.Path, t.Program, t.Mirror)
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// isInitialised tells whether the last init was for the same, so that another would change nothing. Whoever removes the
// lock file wants another provider to be chosen.
func (t *terraform) isInitialised(fingerprint string) bool {
	text, err := os.ReadFile(t.folder.initialised())
	_, unlocked := os.Stat(filepath.Join(t.folder.modules(), lockFile))
	return err == nil && unlocked == nil && string(text) == fingerprint
}

// plan makes a plan and tells whether it changes anything.
func (t *terraform) plan(ctx context.Context, p *progress, variables string, destroy bool) (changes bool, err error) {
	changes, err = t.MakePlan(ctx, p.handle, variables, destroy)
	if err := p.explain("plan", err); err != nil {
		_ = os.Remove(t.folder.initialised()) // should init have been needed after all, the next run does it
		return false, err
	}
	return changes, nil
}

// changes is the plan that was made, read back always, or only when it changes anything: reading takes as long as
// planning.
func (t *terraform) changes(
	ctx context.Context, p *progress, variables string, destroy, always bool,
) (*tfjson.Plan, error) {
	changed, err := t.plan(ctx, p, variables, destroy)
	if err != nil || !changed && !always {
		return &tfjson.Plan{}, err
	}
	return t.ShowPlan(ctx)
}

// apply carries out the plan that was made last.
func (t *terraform) apply(ctx context.Context, p *progress) error {
	return p.explain("apply", t.Apply(ctx, p.handle, p.report.Note))
}

// largestEvent is what SQS takes and EventBridge delivers.
const largestEvent = 1 << 20

var (
	chosenProvider = regexp.MustCompile(`(?s)provider "[^"]+/hashicorp/aws" \{\s*version\s*=\s*"([^"]+)"`)
	// takesLargest are the versions of the provider that let a queue take more than 256 KiB.
	takesLargest = version.MustConstraints(version.NewConstraint(">= 6.8.0"))
)

// provider is the version that init chose, nil when it noted none: one that is being developed has none.
func (f folder) provider() (*version.Version, error) {
	text, err := os.ReadFile(filepath.Join(f.modules(), lockFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the provider lock: %w", err)
	}
	found := chosenProvider.FindSubmatch(text)
	if found == nil {
		return nil, nil
	}
	chosen, err := version.NewVersion(string(found[1]))
	if err != nil {
		return nil, fmt.Errorf("read the provider lock: %w", err)
	}
	return chosen, nil
}

// writeMessageSize has the queues take the largest events, where the provider lets them. It depends on what init chose
// on this machine, not on what the stack was asked to be: so it is beside the variables, and the same for every verb.
func (f folder) writeMessageSize() error {
	chosen, err := f.provider()
	if err != nil || chosen == nil || !takesLargest.Check(chosen.Core()) {
		return err
	}
	return writeJSON(filepath.Join(f.modules(), "size.auto.tfvars.json"), map[string]int{"max_message_size": largestEvent})
}

// warnOfSize says that large events are lost, and where they were not so far.
func (r *session) warnOfSize(plan *tfjson.Plan) error {
	chosen, err := r.folder.provider()
	if err != nil || chosen == nil || takesLargest.Check(chosen.Core()) {
		return err
	}
	shrinks := ""
	for _, c := range plan.ResourceChanges {
		before, _ := object(c.Change.Before)["max_message_size"].(float64)
		if before > 256<<10 && c.Change.Actions.Update() {
			shrinks = " (they take 1 MiB now, as a newer provider made them: this plan takes it back)"
		}
	}
	r.Report.Note(fmt.Sprintf("warning: SQS drops events above 256 KiB: "+
		"the AWS provider %s makes no queue that takes more%s; with 6.8 or later they take 1 MiB: rm %s, "+
		"and the next run takes the newest there is",
		chosen, shrinks, filepath.Join(r.folder.modules(), lockFile)))
	return nil
}
