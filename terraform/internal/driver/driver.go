// Package driver runs Terraform or OpenTofu for the package stack: it finds the program and a mirror of the provider,
// starts it with an environment of its own, reads its messages, and has it end in order. It knows nothing of AWS.
package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

const (
	// Graceful is how long the program may take to end in order. Killed earlier, it would lose what it was about to
	// record.
	Graceful = 5 * time.Minute
	// lockTimeout is how long another holder of the state's lock is waited for.
	lockTimeout = "5m"
	// parallelism is above the program's ten: most of what it does here is to wait.
	parallelism = 24
)

// Driver runs a program in one folder.
type Driver struct {
	Program Program
	Mirror  string // a folder that holds the provider, where one is needed
	Modules string // the folder of the root module
	Data    string // what the program keeps of its own, outside of the modules
	Plan    string // the file of the plan
	Log     string // where the log goes that TF_LOG asks for, unless TF_LOG_PATH says so; empty where it asks for none

	tf *tfexec.Terraform
}

// Open prepares the program. It does not run it.
func (d *Driver) Open() (err error) {
	env := environment(os.Environ(), d.Data)
	if d.tf, err = tfexec.NewTerraform(d.Modules, inGroup(d.Program.Path, env)); err != nil {
		return fmt.Errorf("prepare %s: %w", d.Program.Name, err)
	}
	if err := d.tf.SetEnv(env); err != nil {
		return fmt.Errorf("prepare %s: %w", d.Program.Name, err)
	}
	_ = d.tf.SetWaitDelay(Graceful) // never fails where a process can be interrupted
	d.Log, err = passLog(d.tf, d.Log)
	return err
}

// stream is where the program writes its messages until done. The commands that stream leave their output there.
func (d *Driver) stream(handle func(Message)) (messages io.Writer, done func()) {
	return &lines{handle: handle}, func() { d.tf.SetStdout(io.Discard) }
}

// Init initialises the folder.
func (d *Driver) Init(ctx context.Context, handle func(Message)) error {
	messages, done := d.stream(handle)
	defer done()
	// The state never moves, and the record of an older folder must not matter.
	options := []tfexec.InitOption{tfexec.Reconfigure(true)}
	if d.Mirror != "" {
		options = append(options, tfexec.PluginDir(d.Mirror))
	}
	return d.tf.InitJSON(ctx, messages, options...)
}

// MakePlan makes a plan and reads it back, always, or only when it changes anything: reading takes as long as planning.
// Apply takes the file of the plan, so that what was shown is what is done.
func (d *Driver) MakePlan(
	ctx context.Context, handle func(Message), variables string, destroy, always bool,
) (*tfjson.Plan, error) {
	messages, done := d.stream(handle)
	changes, err := d.tf.PlanJSON(ctx, messages,
		tfexec.Out(d.Plan), tfexec.VarFile(variables), tfexec.LockTimeout(lockTimeout),
		tfexec.Destroy(destroy), tfexec.Parallelism(parallelism))
	done()
	if err != nil {
		return nil, err
	}
	if !changes && !always {
		return &tfjson.Plan{}, nil
	}
	plan, err := d.tf.ShowPlanFile(ctx, d.Plan)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return plan, nil
}

// Apply carries out the plan that was made last.
func (d *Driver) Apply(ctx context.Context, handle func(Message)) error {
	messages, done := d.stream(handle)
	defer done()
	return d.tf.ApplyJSON(ctx, messages,
		tfexec.DirOrPlan(d.Plan), tfexec.LockTimeout(lockTimeout), tfexec.Parallelism(parallelism))
}

// Untaint has a resource kept.
func (d *Driver) Untaint(ctx context.Context, address string) error {
	if err := d.tf.Untaint(ctx, address, tfexec.LockTimeout(lockTimeout)); err != nil {
		return fmt.Errorf("keep %s: %w", address, err)
	}
	return nil
}

// Outputs are the outputs in the state.
func (d *Driver) Outputs(ctx context.Context) (map[string]json.RawMessage, error) {
	found, err := d.tf.Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	outputs := map[string]json.RawMessage{}
	for name, output := range found {
		outputs[name] = output.Value
	}
	return outputs, nil
}

// Unlock takes away the lock of the state.
func (d *Driver) Unlock(ctx context.Context, id string) error { return d.tf.ForceUnlock(ctx, id) }
