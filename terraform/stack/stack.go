// Package stack plans, creates, inspects and destroys the stack that the Terraform modules describe: rules, queues,
// bucket and trail. It runs Terraform or OpenTofu (each command, such as up or down, has a file of its own) and handles
// what they do not: two runs at the same time, a run that was killed, names that are already taken, and objects in a
// bucket that is to be deleted.
//
// A run opens the stack, plans and summarises (up.go, down.go, plan_lines.go, data_loss.go), shows the plan,
// asks for approval and applies it (approve_apply.go).
package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// Stack is one stack, identified by its name.
type Stack struct {
	// Name names the stack, its folder and its resources.
	Name string
	// Region, if set, is the region in which the stack is expected. A stack that was created in another region is
	// refused.
	Region string
	// Modules holds the root module and the modules that it calls.
	Modules fs.FS
	// State is where Terraform's state is kept: a folder or s3://bucket/key; by default in the stack's own folder.
	State string
	// Program is terraform, tofu, or the path of either; by default the one that the last up used, else the first of
	// the two on the PATH.
	Program string
	// PluginDir is a mirror of the provider. By default, one below /opt is used (driver.FindMirror).
	PluginDir string
	// LockTimeout limits the wait for another run on this stack, on this machine and for Terraform's state lock.
	LockTimeout time.Duration
	// Report shows what happens.
	Report Reporter
	// Approve asks the user to approve a plan that changes something.
	Approve func(context.Context, Plan) (bool, error)
}

// The tags that say which stack a resource belongs to, and where that stack has its state.
const (
	StackTag = inventory.StackTag
	StateTag = inventory.StateTag
)

var (
	// ErrUnknown is returned for a stack that does not exist, or of which this machine has no record.
	ErrUnknown = errors.New("this machine has no record of such a stack")
	// ErrDeclined is returned if the user did not approve a plan. It says nothing about what was done before that plan.
	ErrDeclined = errors.New("not approved, none of these changes was made")
)

// Hinted is an error that comes with a hint on what to do about it.
type Hinted interface{ Hint() string }

// Refusal is the error of a run that refused to make changes: Reason says why, Remedy says what to do. Nothing in AWS
// was changed.
type Refusal struct{ Reason, Remedy string }

func (e *Refusal) Error() string { return e.Reason }

// Hint returns the remedy.
func (e *Refusal) Hint() string { return e.Remedy }

// RunError is the error of a run that failed or was interrupted.
type RunError struct {
	Verb     string
	Failures []string // what went wrong, and at which resource
	Done     []Step   // the steps that were completed
	Next     string   // how to continue
	err      error
}

func (e *RunError) Error() string {
	return e.Verb + ": " + cmp.Or(strings.Join(e.Failures, "\n"), fmt.Sprint(e.err))
}

func (e *RunError) Unwrap() error { return e.err }

// Hint says how to continue.
func (e *RunError) Hint() string { return e.Next }

// session is one run of one command, such as up: the folder is locked, the modules are in it, and (except for outputs)
// AWS has confirmed the account. withInit initialises Terraform again when a command asks for it.
type session struct {
	*Stack
	verb      string
	folder    folder
	state     state
	place     place
	journal   *journal
	program   driver.Program
	terraform *tfexec.Terraform
	aws       *inventory.Client
	close     func()
	takeOver  bool // the user takes over a stack whose state is lost
}

// open begins a run: it locks the folder, determines where the stack is, checks the credentials and prepares Terraform.
// region is the region of the stack; if it is empty, s.Region is used, or else the region in the journal.
func (s *Stack) open(ctx context.Context, verb, region string) (*session, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	r := &session{Stack: s, verb: verb, folder: home}
	if r.close, err = home.acquire(ctx, verb, s.LockTimeout, s.Report.Note); err != nil {
		return nil, err
	}
	driver.KillLeftoverProviders(home.dataPath())
	if err = r.locate(ctx, region); err == nil {
		err = r.prepare(ctx)
	}
	if err == nil {
		err = r.pushUnsaved(ctx)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// openKnown opens an existing stack. If this machine created it, the variables that it remembers are used. If another
// machine created it, createdWith must hold the options that it was created with. They and the place are remembered.
func (s *Stack) openKnown(ctx context.Context, verb string, createdWith *Options) (*session, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(home.variablesPath())
	named, wrong := parseState(s.State, home, s.Name, "")
	_, noFile := os.Stat(named.path)
	switch {
	case err == nil:
		return s.open(ctx, verb, "")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("look for the stack: %w", err)
	case s.State == "" || wrong != nil || !named.remote() && noFile != nil: // there is no state of it either
		return nil, fmt.Errorf("stack %s: %w", s.Name, ErrUnknown)
	case createdWith == nil:
		return nil, fmt.Errorf("stack %s: its state is in %s, but the stack was not created on this machine: "+
			"give the settings that it was created with", s.Name, s.State)
	}
	r, err := s.open(ctx, verb, createdWith.Region)
	if err != nil {
		return nil, err
	}
	if err = r.remember(ctx, *createdWith); err != nil {
		r.close()
	}
	return r, err
}

// remember records the options that another machine created the stack with, and, if the state contains the stack, where
// it is: otherwise STATE may be wrong.
func (r *session) remember(ctx context.Context, o Options) error {
	outputs, err := r.outputs(ctx)
	if err != nil {
		return err
	}
	rules := slices.Collect(maps.Values(outputs.Rules()))
	ours := slices.ContainsFunc(rules, func(rule Rule) bool {
		return strings.HasPrefix(rule.Name, r.Name+".") || strings.HasPrefix(rule.Name, r.Name+"-") // as it was once
	})
	switch region := outputs.Text("region"); {
	case len(rules) > 0 && !ours:
		return r.otherState("another stack")
	case region != "" && region != r.place.Region:
		return r.otherState("a stack in the region " + region)
	case ours:
		r.journal.place = r.place
		err = r.journal.save()
	}
	return errors.Join(err, r.writeProposed(ctx, o), r.folder.acceptProposed())
}

// RecordedRegion returns the region that an earlier run on this machine recorded, or "".
func (s *Stack) RecordedRegion() string {
	home, _ := s.home()
	j, _ := readJournal(home.journalPath()) // open reports the error
	return j.Region
}

// locate determines where the stack and its state are, and refuses the run if the journal says that they are somewhere
// else.
func (r *session) locate(ctx context.Context, region string) (err error) {
	if r.journal, err = readJournal(r.folder.journalPath()); err != nil {
		return err
	}
	region = cmp.Or(region, r.Region, r.journal.Region)
	where := cmp.Or(r.State, r.journal.State) // by default, where an earlier run kept it
	if r.state, err = parseState(where, r.folder, r.Name, region); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if r.aws, err = inventory.Open(ctx, region); err != nil {
		return err
	}
	r.place = place{Region: region, Endpoint: r.aws.Endpoint, State: r.state.setting}
	if err = r.journal.agrees(r.place); err != nil || r.verb == "outputs" {
		return err // at once: asking a wrong place for the account can take long, and fail
	}
	if r.place.Account, err = r.aws.Account(ctx); err != nil {
		return err
	}
	return r.journal.agrees(r.place)
}

// Emulator returns a sentence that names the endpoints used instead of AWS, or "" if AWS itself is used.
func Emulator(ctx context.Context) string { return inventory.Emulator(ctx) }
