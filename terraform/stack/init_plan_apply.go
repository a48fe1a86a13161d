package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
)

// parallelism is higher than Terraform's default of 10, because it mostly waits.
const parallelism = 24

// prepare finds Terraform, repairs a local state that a killed run left incomplete, and writes the modules. It runs
// init if the provider has not been chosen yet; otherwise that is left to withInit, because init takes seconds.
func (r *session) prepare(ctx context.Context) (err error) {
	lastUsed, _ := exec.LookPath(r.journal.Program) // "" if it no longer exists
	if r.program, err = driver.Find(ctx, cmp.Or(r.Program, lastUsed)); err != nil {
		return err
	}
	if r.state.exposed() {
		r.Report.Note(fmt.Sprintf("warning: other users of this machine can read the state; to prevent that: chmod go= %s",
			r.state))
	}
	if err := r.repairState(time.Now()); err != nil {
		return err
	}
	locks := r.program.LocksInS3()
	if r.state.remote() && !locks {
		r.Report.Note(fmt.Sprintf("%s cannot lock a state in S3 (1.10 and later can): "+
			"do not run two commands on this stack at the same time", r.program))
	}
	if err := r.folder.writeModules(r.Modules, r.state.callerBlocks(locks)); err != nil {
		return err
	}
	var logged string
	r.terraform, logged, err = driver.Open(r.program, r.folder.modulesPath(), r.folder.dataPath(), r.folder.logPath())
	if err != nil {
		return err
	}
	if logged != "" {
		r.Report.Note("Terraform writes its log to " + logged)
	}
	if _, err := os.Stat(r.folder.providerLockPath()); err != nil {
		return r.initFolder(ctx)
	}
	return r.setMessageSize(ctx)
}

// withInit runs a command of Terraform. If the command says that Terraform must be initialised, because the modules,
// the place of the state or the program have changed, it does that and runs the command again.
func (r *session) withInit(ctx context.Context, command func() error) error {
	err := command()
	if err == nil || ctx.Err() != nil || !needsInit.MatchString(err.Error()) {
		return err
	}
	if err := r.initFolder(ctx); err != nil {
		return err
	}
	return command()
}

// needsInit matches what Terraform and OpenTofu say then. About a missing provider, they name no command to a program.
var needsInit = regexp.MustCompile(`\b(terraform|tofu) init\b|Required plugins are not installed`)

// initFolder runs terraform init, which installs the provider and configures the backend.
func (r *session) initFolder(ctx context.Context) error {
	r.Report.Note("preparing " + r.program.Name)
	// With -reconfigure, Terraform ignores where the state was at the last init. Otherwise it would want to move the
	// state, which never moves.
	options := []tfexec.InitOption{tfexec.Reconfigure(true)}
	if mirror := cmp.Or(r.PluginDir, r.program.FindMirror()); mirror != "" {
		options = append(options, tfexec.PluginDir(mirror))
	}
	err := r.run(ctx, "init", Plan{}, func(out io.Writer) error { return r.terraform.InitJSON(ctx, out, options...) })
	if failed := new(RunError); errors.As(err, &failed) {
		failed.Next = r.state.hint(failed.Error())
	}
	if err != nil {
		return err
	}
	return r.setMessageSize(ctx)
}

// run runs a command of Terraform and reports its steps, whose resources are named as in the plan shown. Its error
// contains Terraform's messages.
func (r *session) run(ctx context.Context, verb string, shown Plan, command func(io.Writer) error) error {
	p := &progress{report: r.Report, ended: func() bool { return ctx.Err() != nil }, plan: shown}
	err := command(&lines{handle: p.handle})
	r.terraform.SetStdout(io.Discard) // otherwise the handler would also get the output of later commands
	if err == nil {
		return nil
	}
	return &RunError{Verb: verb, Failures: p.failures, Done: p.done, err: err}
}

// plan makes a plan and returns its content. Reading the content takes as long as planning: so a plan that changes
// nothing is returned as an empty tfjson.Plan, without any resources, unless readUnchanged is set. It refuses the state
// of another stack.
func (r *session) plan(
	ctx context.Context, variables string, readUnchanged bool, more ...tfexec.PlanOption,
) (*tfjson.Plan, error) {
	changes, plan := false, &tfjson.Plan{}
	command := func(out io.Writer) (err error) {
		changes, err = r.terraform.PlanJSON(ctx, out, append(more, tfexec.Out(r.folder.planPath()),
			tfexec.VarFile(variables), tfexec.LockTimeout(r.LockTimeout.String()), tfexec.Parallelism(parallelism))...)
		return err
	}
	err := r.withInit(ctx, func() error { return r.run(ctx, "plan", Plan{}, command) })
	if err == nil && (changes || readUnchanged) {
		plan, err = r.terraform.ShowPlanFile(ctx, r.folder.planPath())
	}
	if err == nil {
		return plan, r.refuseOtherStack(plan)
	}
	failed := &RunError{Verb: "plan", err: err}
	errors.As(err, &failed)
	failed.Next = cmp.Or(r.state.lockHint(failed), failed.Next)
	if adoptedBucketIsGone(failed) {
		failed.Next = `the adopted bucket no longer exists: "up" creates it as a part of the stack, "down" removes the stack`
	}
	return nil, failed
}

// notAdopted has Terraform not read an adopted bucket, which fails if that bucket no longer exists.
var notAdopted = tfexec.Var("adopt_bucket=false")

func adoptedBucketIsGone(err error) bool {
	text := err.Error()
	return strings.Contains(text, "reading S3 Bucket") && strings.Contains(text, "couldn't find resource")
}

// apply carries out the plan that was made last, so that Terraform does exactly what was shown.
func (r *session) apply(ctx context.Context, shown Plan) error {
	return r.run(ctx, "apply", shown, func(out io.Writer) error {
		return r.terraform.ApplyJSON(ctx, out,
			tfexec.DirOrPlan(r.folder.planPath()), tfexec.LockTimeout(r.LockTimeout.String()), tfexec.Parallelism(parallelism))
	})
}

// supportsLargeMessages matches the versions of the provider that can create queues for messages larger than 256 KiB.
var supportsLargeMessages = version.MustConstraints(version.NewConstraint(">= 6.8.0"))

// setMessageSize makes the queues accept the largest events if the provider that init chose supports that; otherwise it
// warns. The size depends on the provider on this machine and not on the options, so it is in a file of its own and is
// the same for every command. A development build of the provider has no version: then the size is not set and there is
// no warning.
func (r *session) setMessageSize(ctx context.Context) error {
	if r.verb == "outputs" {
		return nil // only a plan needs the size
	}
	const afresh = true // init may have chosen another provider
	_, providers, err := r.terraform.Version(ctx, afresh)
	if err != nil {
		return fmt.Errorf("ask %s for the version of the provider: %w", r.program.Name, err)
	}
	for name, chosen := range providers {
		switch {
		case !strings.HasSuffix(name, "/hashicorp/aws"):
		case supportsLargeMessages.Check(chosen.Core()):
			sizes := map[string]int{"max_message_size": 1 << 20} // bytes, the limit of SQS and of EventBridge
			return writeJSON(filepath.Join(r.folder.modulesPath(), "size.auto.tfvars.json"), sizes)
		case r.verb != "down":
			r.Report.Note(fmt.Sprintf("warning: SQS drops events larger than 256 KiB, because the AWS provider %s cannot "+
				"create queues that accept more; 6.8 and later can (1 MiB). "+
				"To use the newest version, delete %s and run this again", chosen, r.folder.providerLockPath()))
		}
	}
	return nil
}
