// Package stack plans, creates, inspects and destroys the stack that the Terraform modules describe: rules, queues,
// bucket and trail. It drives Terraform or OpenTofu, one verb a file, and looks after what they leave open: two runs at
// once, a run that was killed, names that somebody else has, objects in a bucket that is to go.
package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// Stack is one stack, known by its name.
type Stack struct {
	// Name names the stack, its folder and its resources.
	Name string
	// Region is where the stack is, if it is given: one that is elsewhere is refused.
	Region string
	// Modules is the root module with those it calls.
	Modules fs.FS
	// State is where Terraform's state is kept: by default in the stack's own folder in Home, else in another folder or
	// at s3://bucket/key.
	State string
	// Program is terraform, tofu, or the path of either; by default the one that made the stack, else the first of the
	// two on the PATH.
	Program string
	// PluginDir is a mirror of the provider. By default one is looked for where mirrors usually are.
	PluginDir string
	// LockTimeout bounds the wait for another run on this stack.
	LockTimeout time.Duration
	// Report shows what happens.
	Report Reporter
	// Approve asks the person about a plan that changes something.
	Approve func(context.Context, Plan) (bool, error)
}

// The tags that say which stack a resource belongs to, and where that stack has its state.
const (
	StackTag = inventory.StackTag
	StateTag = inventory.StateTag
)

var (
	// ErrUnknown is returned for a stack that is not there, or that this machine knows nothing of.
	ErrUnknown = errors.New("there is no such stack here")
	// ErrDeclined is returned when the person did not approve. Nothing was changed.
	ErrDeclined = errors.New("not approved, nothing was changed")
)

// Hinted is an error that knows what to do about it.
type Hinted interface{ Hint() string }

// Refusal is why a run was not begun, with what to do about it. Nothing was changed.
type Refusal struct{ Reason, Remedy string }

func (e *Refusal) Error() string { return e.Reason }

// Hint names the ways out.
func (e *Refusal) Hint() string { return e.Remedy }

// RunError is a run of Terraform that did not finish.
type RunError struct {
	Verb     string
	Failures []string // what went wrong, and at which resource
	Done     []Step   // what was done all the same
	Next     string   // how to go on
	err      error
}

func (e *RunError) Error() string {
	text := strings.Join(e.Failures, "\n")
	if text == "" {
		text = fmt.Sprint(e.err)
	}
	return e.Verb + ": " + text
}

func (e *RunError) Unwrap() error { return e.err }

// Hint says how to go on.
func (e *RunError) Hint() string { return e.Next }

// session is one run of one verb: the folder is locked, Terraform is ready in it, and AWS has said who is asking.
type session struct {
	*Stack
	folder    folder
	state     state
	place     place
	journal   *journal
	terraform *driver.Driver
	aws       *inventory.Client
	killed    holder // the last run, if it was killed
	cutOff    bool   // the last up was cut off: it may have created resources that the state does not hold
	close     func()

	sizeWarning string // that large events are lost, if they are
}

// open begins a run: it locks the folder, finds out where the stack is, and has Terraform and AWS ready. region is
// where it is to be; empty, it is where the journal says.
func (s *Stack) open(ctx context.Context, verb, region string) (*session, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	r := &session{Stack: s, folder: home}
	if r.killed, r.close, err = r.folder.acquire(ctx, verb, s.LockTimeout, s.Report.Note); err != nil {
		return nil, err
	}
	if r.killed.PID != 0 {
		driver.EndLeftOver(r.folder.data())
	}
	if err = r.locate(ctx, region); err == nil {
		err = r.ready(ctx, verb)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// openKnown opens a stack that was made before: by this machine, which remembers its variables, or by another one, and
// then with the options it was made with.
func (s *Stack) openKnown(ctx context.Context, verb string, made *Options) (*session, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(home.variables())
	switch {
	case err == nil:
		return s.open(ctx, verb, "")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("look for the stack: %w", err)
	case !s.stateIsElsewhere():
		return nil, fmt.Errorf("stack %s: %w", s.Name, ErrUnknown)
	case made == nil:
		return nil, fmt.Errorf("stack %s: its state is in %s, but this machine did not make it: "+
			"give the settings it was made with", s.Name, s.State)
	}
	r, err := s.open(ctx, verb, made.Region)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(r.writeProposed(ctx, *made), r.acceptProposed()); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// stateIsElsewhere reports whether STATE names the place of a stack that this machine did not make.
func (s *Stack) stateIsElsewhere() bool {
	there, err := parseState(s.State, "", s.Name, "")
	if s.State == "" || err != nil {
		return false
	}
	_, err = os.Stat(there.path)
	return there.remote() || err == nil
}

// home is the stack's folder.
func (s *Stack) home() (folder, error) {
	home, err := Home()
	return folder(filepath.Join(home, s.Name)), err
}

// Remembered is the region that an earlier run of this machine noted, if there was one.
func (s *Stack) Remembered() string {
	home, err := s.home()
	if err != nil {
		return ""
	}
	j, err := readJournal(home.journal())
	if err != nil {
		return ""
	}
	return j.Region
}

// locate settles where the stack is and where its state, and refuses a run at another place.
func (r *session) locate(ctx context.Context, region string) (err error) {
	if r.journal, err = readJournal(r.folder.journal()); err != nil {
		return err
	}
	r.cutOff = r.journal.cutOff()
	region = cmp.Or(region, r.Region, r.journal.Region)
	where := cmp.Or(r.State, r.journal.State) // where an earlier run had it
	if r.state, err = parseState(where, r.folder, r.Name, region); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if r.aws, err = inventory.New(ctx, region); err != nil {
		return err
	}
	if r.state.exposed() {
		r.Report.Note(fmt.Sprintf("warning: others on this machine can read the state: chmod go= %s", r.state))
	}
	r.place = place{Region: region, Endpoint: r.aws.Endpoint, State: r.state.setting}
	return r.journal.agrees(r.place)
}

// ready has Terraform and AWS ready for this run, at the same time; but missing credentials are reported before a state
// in S3 is looked for with them. What the last up made known is read without asking AWS.
func (r *session) ready(ctx context.Context, verb string) error {
	if verb == "outputs" {
		return r.initialise(ctx)
	}
	if r.state.remote() {
		if err := r.identify(ctx); err != nil {
			return err
		}
		return r.initialise(ctx)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.initialise(ctx) })
	g.Go(func() error { return r.identify(ctx) })
	return g.Wait()
}

// identify asks AWS whose credentials these are.
func (r *session) identify(ctx context.Context) (err error) {
	if r.place.Account, err = r.aws.Account(ctx); err != nil {
		return err
	}
	return r.journal.agrees(r.place)
}

// initialise has Terraform ready, and the state whole and unlocked.
func (r *session) initialise(ctx context.Context) error {
	program, err := driver.Find(ctx, cmp.Or(r.Program, r.journal.program()))
	if err != nil {
		return err
	}
	aside, err := repairState(r.state, time.Now())
	if err != nil {
		return err
	}
	if aside != "" {
		r.Report.Note("the last run was killed while it wrote the state; what it wrote is kept in " + aside)
	}
	if r.state.remote() && !program.LocksInS3() {
		r.Report.Note(fmt.Sprintf("%s does not lock a state in S3, 1.10 does: do not run two at once", program))
	}
	if err := r.prepare(ctx, program, cmp.Or(r.PluginDir, program.FindMirror())); err != nil {
		return err
	}
	return r.unlock(ctx)
}

// Emulator returns what is used in place of AWS, or nothing where that is AWS.
func Emulator(ctx context.Context) (string, error) { return inventory.Emulator(ctx) }

// CheckProgram returns an error if the setting TERRAFORM cannot be used.
func CheckProgram(choice string) error { return driver.CheckChoice(choice) }
