// Package driver runs Terraform or OpenTofu for the package stack: it finds the program and a mirror of the provider,
// starts it with an environment of its own, reads its messages, and lets it stop cleanly. It makes no requests to AWS.
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
	// Graceful is how long the program may take to stop cleanly after an interrupt. If it were killed earlier, it would
	// lose what it was about to record.
	Graceful = 5 * time.Minute
	// lockTimeout is how long to wait if somebody else holds the lock of the state.
	lockTimeout = "5m"
	// parallelism is higher than the program's default of 10, because it mostly waits.
	parallelism = 24
)

// Driver runs a program in one folder.
type Driver struct {
	Program Program
	Mirror  string // a folder that holds the provider, if one is needed
	Modules string // the folder of the root module
	Data    string // the folder for the program's own data (TF_DATA_DIR), outside of the modules
	Plan    string // the file of the plan
	Log     string // the file for the log that TF_LOG asks for; Open sets it to the file that is used, or to ""

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
	_ = d.tf.SetWaitDelay(Graceful) // never fails on a system where a process can be interrupted
	d.Log, err = passLog(d.tf, d.Log)
	return err
}

// stream returns a writer for the messages of one command, and a function to call after it: otherwise terraform-exec
// would send the output of later commands to this writer, too.
func (d *Driver) stream(handle func(Message)) (messages io.Writer, done func()) {
	return &lines{handle: handle}, func() { d.tf.SetStdout(io.Discard) }
}

// Init runs the program's init in the folder.
func (d *Driver) Init(ctx context.Context, handle func(Message)) error {
	messages, done := d.stream(handle)
	defer done()
	// The state never moves, and what an older folder has recorded about it must not matter.
	options := []tfexec.InitOption{tfexec.Reconfigure(true)}
	if d.Mirror != "" {
		options = append(options, tfexec.PluginDir(d.Mirror))
	}
	return d.tf.InitJSON(ctx, messages, options...)
}

// MakePlan makes a plan and returns its content. Reading the content takes as long as planning: if the plan changes
// nothing and always is false, it returns an empty tfjson.Plan, which has no prior state either. Apply uses the file
// of the plan, so that it does exactly what was shown.
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

// Apply carries out the last plan that was made.
func (d *Driver) Apply(ctx context.Context, handle func(Message)) error {
	messages, done := d.stream(handle)
	defer done()
	return d.tf.ApplyJSON(ctx, messages,
		tfexec.DirOrPlan(d.Plan), tfexec.LockTimeout(lockTimeout), tfexec.Parallelism(parallelism))
}

// Untaint removes the taint from a resource, so that Terraform does not replace it.
func (d *Driver) Untaint(ctx context.Context, address string) error {
	if err := d.tf.Untaint(ctx, address, tfexec.LockTimeout(lockTimeout)); err != nil {
		return fmt.Errorf("untaint %s: %w", address, err)
	}
	return nil
}

// Outputs returns the outputs in the state.
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
