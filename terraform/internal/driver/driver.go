// Package driver runs Terraform or OpenTofu for the package stack: it finds the program and a mirror of the provider,
// starts it with an environment of its own, reads its messages, and has it end in order. It knows nothing of AWS.
package driver

import (
	"context"
	"encoding/json"
	"fmt"
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

// Config says what is run, and where.
type Config struct {
	Program Program
	Mirror  string // a folder that holds the provider, where one is needed
	Modules string // the folder of the root module
	Data    string // what the program keeps of its own, outside of the modules
	Plan    string // the file of the plan
	Log     string // where the log goes that TF_LOG asks for, unless TF_LOG_PATH says so
	Calls   string // the provider's log during an apply
}

// Driver runs the program in one folder. Of its two handles the commands that stream use the one: they leave its
// standard output redirected.
type Driver struct {
	Config
	stream, query *tfexec.Terraform
	log           string
}

// New prepares the program. It does not run it.
func New(c Config) (*Driver, error) {
	d := &Driver{Config: c}
	var err error
	if d.stream, d.log, err = handle(c); err != nil {
		return nil, err
	}
	d.query, _, err = handle(c)
	return d, err
}

// LogFile is where the log goes that TF_LOG asks for, if it does.
func (d *Driver) LogFile() string { return d.log }

// Init initialises the folder.
func (d *Driver) Init(ctx context.Context, handle func(Message)) error {
	// The state never moves, and the record of an older folder must not matter.
	options := []tfexec.InitOption{tfexec.Reconfigure(true)}
	if d.Mirror != "" {
		options = append(options, tfexec.PluginDir(d.Mirror))
	}
	return d.stream.InitJSON(ctx, &lines{handle: handle}, options...)
}

// MakePlan makes a plan and tells whether it changes anything. Its file is what Apply takes, so that what was shown is
// what is done.
func (d *Driver) MakePlan(
	ctx context.Context, handle func(Message), variables string, destroy bool,
) (changes bool, err error) {
	return d.stream.PlanJSON(ctx, &lines{handle: handle},
		tfexec.Out(d.Plan), tfexec.VarFile(variables), tfexec.LockTimeout(lockTimeout),
		tfexec.Destroy(destroy), tfexec.Parallelism(parallelism))
}

// ShowPlan reads the plan that was made last, which takes as long as planning.
func (d *Driver) ShowPlan(ctx context.Context) (*tfjson.Plan, error) {
	plan, err := d.query.ShowPlanFile(ctx, d.Plan)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return plan, nil
}

// Apply carries out the plan that was made last. note gets the cause of every call that AWS refuses and that is tried
// again.
func (d *Driver) Apply(ctx context.Context, handle func(Message), note func(string)) error {
	retries, done, err := d.follow()
	if err != nil {
		return err
	}
	defer done()
	heard := func(m Message) { // every ten seconds at least
		for _, cause := range retries.news() {
			note(cause)
		}
		handle(m)
	}
	return d.stream.ApplyJSON(ctx, &lines{handle: heard},
		tfexec.DirOrPlan(d.Plan), tfexec.LockTimeout(lockTimeout), tfexec.Parallelism(parallelism))
}

// Untaint has a resource kept.
func (d *Driver) Untaint(ctx context.Context, address string) error {
	if err := d.query.Untaint(ctx, address, tfexec.LockTimeout(lockTimeout)); err != nil {
		return fmt.Errorf("keep %s: %w", address, err)
	}
	return nil
}

// Outputs are the outputs in the state.
func (d *Driver) Outputs(ctx context.Context) (map[string]json.RawMessage, error) {
	found, err := d.query.Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	outputs := map[string]json.RawMessage{}
	for name, output := range found {
		outputs[name] = output.Value
	}
	return outputs, nil
}

// PullState is the whole state.
func (d *Driver) PullState(ctx context.Context) (string, error) {
	text, err := d.query.StatePull(ctx)
	if err != nil {
		return "", fmt.Errorf("copy the state: %w", err)
	}
	return text, nil
}

// Unlock takes away the lock of the state.
func (d *Driver) Unlock(ctx context.Context, id string) error { return d.query.ForceUnlock(ctx, id) }
