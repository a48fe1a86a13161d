// Package stack plans, creates, inspects and destroys the stack that the Terraform modules describe: rules, queues,
// bucket and trail. It drives Terraform through terraform-exec, one verb a file, and looks after what Terraform leaves
// open: two runs at once, a run that was killed, names that somebody else has, objects in a bucket that is to go.
package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// Stack is one stack, known by its name.
type Stack struct {
	// Name names the stack, its folder and its resources.
	Name string
	// Region is where the stack is, if it is given: one that is elsewhere is refused.
	Region string
	// Modules is the root module with those it calls.
	Modules fs.FS
	// Folder is where the stack's files are; by default a folder of the stack's name in Home.
	Folder string
	// State is where Terraform's state is kept: by default in Folder, else in another folder or at s3://bucket/key.
	State string
	// PluginDir is a mirror of the provider. By default one is looked for where mirrors usually are.
	PluginDir string
	// LockTimeout bounds the wait for another run on this stack.
	LockTimeout time.Duration
	// Report is told what happens.
	Report Reporter
	// Approve asks the person about a plan that changes something.
	Approve func(context.Context, Plan) (bool, error)
}

// session is one run of one verb: the folder is locked, Terraform is ready in it, and AWS has said who is asking.
type session struct {
	*Stack
	folder    folder
	state     state
	place     place
	journal   *journal
	terraform *terraform
	cloud     *cloud
	dead      Holder // the last run, if it was killed
	unsure    bool   // the last up was cut off: there may be things that it made and did not record
	close     func()
}

// open begins a run: it locks the folder and finds out where the stack is. region is where it is to be; empty, it is
// where the journal says.
func (s *Stack) open(ctx context.Context, verb, region string) (*session, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	r := &session{Stack: s, folder: home}
	if r.dead, r.close, err = r.folder.acquire(ctx, verb, s.LockTimeout, s.Report.Note); err != nil {
		return nil, err
	}
	if r.dead.PID != 0 {
		endOrphans(r.folder.data())
		_ = os.Remove(r.folder.calls()) // it can hold what nobody should keep
	}
	if err := r.locate(ctx, region); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// home is the stack's folder.
func (s *Stack) home() (folder, error) {
	if s.Folder != "" {
		return folder(s.Folder), nil
	}
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

// ready has Terraform and AWS ready for this run, at the same time; but credentials that are none are said before a
// state in S3 is looked for with them.
func (r *session) ready(ctx context.Context) error {
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

// locate settles where the stack is and where its state, and refuses a run at another place.
func (r *session) locate(ctx context.Context, region string) (err error) {
	if r.journal, err = readJournal(r.folder.journal()); err != nil {
		return err
	}
	r.unsure = r.journal.cutOff()
	region = cmp.Or(region, r.Region, r.journal.Region)
	where, err := absolute(cmp.Or(r.State, r.journal.State)) // what an earlier run said
	if err != nil {
		return err
	}
	if r.state, err = parseState(where, string(r.folder), r.Name, region); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if r.cloud, err = newCloud(ctx, region); err != nil {
		return err
	}
	if r.state.exposed() && where != "" {
		r.Report.Note(fmt.Sprintf("warning: others on this machine can read the state: chmod go= %s", r.state))
	}
	r.place = place{region: region, endpoint: r.cloud.endpoint, state: where}
	return r.journal.agrees(r.place)
}

// initialise writes the modules and initialises Terraform in them.
func (r *session) initialise(ctx context.Context) error {
	path, version, err := findTerraform(ctx, filepath.Join(filepath.Dir(string(r.folder)), "bin"), installRelease, r.Report.Note)
	if err != nil {
		return err
	}
	aside, err := mend(r.state, time.Now())
	if err != nil {
		return err
	}
	if aside != "" {
		r.Report.Note("the state was cut off while it was being written; it is kept in " + aside)
	}
	locks := locksInS3.Check(version.Core())
	if r.state.remote() && !locks {
		r.Report.Note(fmt.Sprintf("Terraform %s does not lock a state in S3, 1.10 does: let no two runs be at once", version))
	}
	if err := r.folder.write(r.Modules, r.state.backend(locks)); err != nil {
		return err
	}
	if r.terraform, err = newTerraform(r.folder, path, r.mirror()); err != nil {
		return err
	}
	if r.terraform.log != "" {
		r.Report.Note("Terraform's log goes to " + r.terraform.log)
	}
	if err := r.terraform.init(ctx, r.progress(ctx, nil), r.state); err != nil {
		return err
	}
	return r.unlock(ctx)
}

func (r *session) mirror() string {
	if r.PluginDir != "" {
		return r.PluginDir
	}
	home, _ := os.UserHomeDir()
	env := environment(os.Environ(), "")
	if configuresProviders(home, env) {
		return ""
	}
	return findMirror(home, env, "/opt")
}

// identify asks AWS whose credentials these are.
func (r *session) identify(ctx context.Context) error {
	account, err := r.cloud.account(ctx)
	if err != nil {
		return err
	}
	r.place.account = account
	return r.journal.agrees(r.place)
}

func (r *session) progress(ctx context.Context, plan *Plan) *progress {
	p := newProgress(ctx, r.Report)
	if plan != nil {
		p.labels, p.total = plan.labels, plan.steps
	}
	return p
}

func newProgress(ctx context.Context, report Reporter) *progress {
	return &progress{report: report, ended: func() bool { return ctx.Err() != nil }}
}

// interrupted tells whether err came of the context's end.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}
