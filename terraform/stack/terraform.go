package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

const (
	// graceful is how long Terraform may take to end in order. Killed earlier, it would lose what it was about to record.
	graceful = 5 * time.Minute
	// stateWait is how long another holder of the state's lock is waited for.
	stateWait = "5m"
)

// terraform drives Terraform in a stack's folder. Of its two handles the verbs that stream use the one: they leave its
// standard output redirected.
type terraform struct {
	folder        folder
	stream, query *tfexec.Terraform
	path, mirror  string
	log           string // the file that TF_LOG asks for
}

func newTerraform(f folder, path, mirror string) (*terraform, error) {
	t := &terraform{folder: f, path: path, mirror: mirror}
	for _, handle := range []**tfexec.Terraform{&t.stream, &t.query} {
		env := environment(os.Environ(), f.data())
		tf, err := tfexec.NewTerraform(f.modules(), inGroup(path, env))
		if err != nil {
			return nil, fmt.Errorf("prepare Terraform: %w", err)
		}
		if err := tf.SetEnv(env); err != nil {
			return nil, fmt.Errorf("prepare Terraform: %w", err)
		}
		if t.log, err = passLog(tf, f); err != nil {
			return nil, err
		}
		_ = tf.SetWaitDelay(graceful) // fails on Windows alone, where nothing can be interrupted
		*handle = tf
	}
	return t, nil
}

// init is left out when the last one was for the same: it takes a second, and with a registry many.
func (t *terraform) init(ctx context.Context, p *progress, at state) error {
	fingerprint, err := t.folder.fingerprint(t.path, t.mirror)
	if err != nil {
		return err
	}
	if t.folder.initialised(fingerprint) {
		return t.folder.sizeQueues()
	}
	p.report.Note("preparing Terraform")
	err = p.run("init", t.stream.InitJSON(ctx, p.writer(), initOptions(t.mirror)...))
	if failed := new(RunError); errors.As(err, &failed) {
		failed.Further = at.hint(failed.Error())
	}
	if err != nil {
		return err
	}
	if err := replaceFile(t.folder.stamp(), []byte(fingerprint)); err != nil {
		return err
	}
	return t.folder.sizeQueues()
}

func initOptions(mirror string) []tfexec.InitOption {
	options := []tfexec.InitOption{tfexec.Reconfigure(true)} // the state never moves, and an old folder's record must not matter
	if mirror != "" {
		options = append(options, tfexec.PluginDir(mirror))
	}
	return options
}

// plan makes a plan. Its file is what apply takes, so that what was shown is what is done.
func (t *terraform) plan(ctx context.Context, p *progress, variables string, destroy bool) (changes bool, err error) {
	changes, err = t.stream.PlanJSON(ctx, p.writer(), planOptions(t.folder, variables, destroy)...)
	if err := p.run("plan", err); err != nil {
		_ = os.Remove(t.folder.stamp()) // should init have been needed after all, the next run does it
		return false, err
	}
	return changes, nil
}

// changes is the plan that was made, read back always, or only when it changes anything: reading takes as long as
// planning.
func (t *terraform) changes(ctx context.Context, p *progress, variables string, destroy, always bool) (*tfjson.Plan, error) {
	changed, err := t.plan(ctx, p, variables, destroy)
	if err != nil || !changed && !always {
		return &tfjson.Plan{}, err
	}
	return t.show(ctx)
}

func (t *terraform) show(ctx context.Context) (*tfjson.Plan, error) {
	plan, err := t.query.ShowPlanFile(ctx, t.folder.plan())
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return plan, nil
}

func planOptions(f folder, variables string, destroy bool) []tfexec.PlanOption {
	return []tfexec.PlanOption{
		tfexec.Out(f.plan()), tfexec.VarFile(variables), tfexec.LockTimeout(stateWait),
		tfexec.Destroy(destroy), tfexec.Parallelism(parallelism),
	}
}

// parallelism is above Terraform's ten: most of what it does here is to wait.
const parallelism = 24

// apply carries out the plan that was made last.
func (t *terraform) apply(ctx context.Context, p *progress) error {
	followed, done, err := t.follow()
	if err != nil {
		return err
	}
	defer done()
	p.retries = followed
	return p.run("apply", t.stream.ApplyJSON(ctx, p.writer(), applyOptions(t.folder)...))
}

func applyOptions(f folder) []tfexec.ApplyOption {
	return []tfexec.ApplyOption{tfexec.DirOrPlan(f.plan()), tfexec.LockTimeout(stateWait), tfexec.Parallelism(parallelism)}
}

func (t *terraform) untaint(ctx context.Context, address string) error {
	if err := t.query.Untaint(ctx, address, tfexec.LockTimeout(stateWait)); err != nil {
		return fmt.Errorf("keep %s: %w", address, err)
	}
	return nil
}

func (t *terraform) outputs(ctx context.Context) (Outputs, error) {
	found, err := t.query.Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	outputs := Outputs{}
	for name, output := range found {
		outputs[name] = output.Value
	}
	return outputs, nil
}

// writer is where Terraform's stream goes.
func (p *progress) writer() io.Writer { return &stream{handle: p.handle} }

// run explains an error with what the stream said.
func (p *progress) run(verb string, err error) error {
	if err == nil {
		return nil
	}
	failed := &RunError{Verb: verb, Done: p.done, Running: p.running, err: err}
	for _, d := range p.errors {
		failed.Failures = append(failed.Failures, Failure{Resource: p.label(d.Address), Words: d.words()})
	}
	return failed
}

func (p *progress) label(address string) string {
	if what := p.labels[address]; what != "" {
		return what
	}
	return address
}
