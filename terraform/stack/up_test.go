package stack

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

func TestUpCreates(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	outputs, err := w.stack().Up(t.Context(), valid())
	if err != nil {
		t.Fatal(err)
	}
	if outputs.Text("queue_url") != "http://q" {
		t.Errorf("outputs %v", outputs)
	}
	if got := w.ran(); got != "init plan show apply output" {
		t.Errorf("Terraform ran %s", got)
	}
	home := string(w.home())
	for verb, want := range map[string]string{
		"init":  "-reconfigure -plugin-dir=/mirror",
		"plan":  "-lock-timeout=1m0s -out=" + home + "/plan -var-file=" + home + "/proposed.tfvars.json",
		"apply": "-lock-timeout=1m0s",
	} {
		for part := range strings.FieldsSeq(want) {
			if got := w.with(verb); !strings.Contains(got+" ", part+" ") {
				t.Errorf("%s lacks %s", got, part)
			}
		}
	}
	if got := w.with("apply"); !strings.HasSuffix(got, home+"/plan") {
		t.Errorf("%s does not apply the plan that was shown", got)
	}
	if j := w.journal(); j.Unfinished != "" || j.Region != "us-west-2" || j.Account != "123456789012" || j.Endpoint == "" {
		t.Errorf("journal %+v", j)
	}
	if read(t, w.home().variablesPath()) != read(t, filepath.Join(w.dir, "planned-with")) {
		t.Error("what is remembered is not what was planned")
	}
}

func TestSecondUpChangesNothing(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if _, err := w.stack().Up(t.Context(), valid()); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.ran(); got != "init plan output plan output" {
		t.Errorf("Terraform ran %s", got)
	}
	if len(w.plans) != 2 || !w.plans[1].Empty() {
		t.Errorf("plans %+v", w.plans)
	}
}

// TestProgramIsRemembered makes a stack with a program that is not the first on the PATH: later runs take the same one,
// unless another is chosen or it is gone.
func TestProgramIsRemembered(t *testing.T) {
	w := newWorld(t)
	onPath, err := exec.LookPath("terraform")
	w.check(err)
	tofu, runs := filepath.Join(t.TempDir(), "tofu"), filepath.Join(w.dir, "tofu-runs")
	put(t, tofu, "#!/bin/sh\necho \"$1\" >>"+runs+"\nexec "+onPath+" \"$@\"\n")
	w.check(os.Chmod(tofu, 0o700))
	s := w.stack()
	s.Program = tofu
	_, err = s.Up(t.Context(), valid())
	w.check(err)
	for _, c := range []struct {
		name, program string
		remembered    bool
		before        func()
	}{
		{"none is chosen", "", true, func() {}},
		{"another is chosen", "terraform", false, func() {}},
		{"it is gone", "", false, func() { w.check(os.Remove(tofu)) }},
	} {
		c.before()
		put(t, runs, "")
		s := w.stack()
		s.Program = c.program
		if _, err := s.Outputs(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := read(t, runs); (got != "") != c.remembered {
			t.Errorf("%s: the program that made the stack ran %q", c.name, got)
		}
	}
}

func TestUpAsksFirst(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	s := w.stack()
	s.Approve = func(context.Context, Plan) (bool, error) { return false, nil }
	if _, err := s.Up(t.Context(), valid()); !errors.Is(err, ErrDeclined) {
		t.Errorf("got %v", err)
	}
	if strings.Contains(w.ran(), "apply") || w.journal().Region != "" || read(t, w.home().variablesPath()) != "" {
		t.Errorf("something was done: %s, %+v", w.ran(), w.journal())
	}
}

func TestUpThatFails(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	w.says("apply.jsonl", read(t, "testdata/failed.jsonl"))
	w.says("apply-code", "1")
	_, err := w.stack().Up(t.Context(), valid())
	var failed *RunError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "AWS says BucketAlreadyOwnedByYou") ||
		len(failed.Done) != 1 {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(failed.Hint(), `run "up" again to continue`) {
		t.Errorf("hint %q", failed.Hint())
	}
	if j := w.journal(); j.Unfinished != "up" || j.cutOff {
		t.Errorf("journal %+v", j)
	}
}

// hangingUp returns a stack whose up applies one resource and then only ends when it is interrupted.
func hangingUp(t *testing.T) (*world, *Stack) {
	t.Helper()
	w := newWorld(t)
	w.plansToCreate()
	w.says("apply.jsonl", strings.SplitAfterN(read(t, "testdata/failed.jsonl"), "\n", 6)[4])
	w.says("hang", "")
	return w, w.stack()
}

func TestUpThatIsInterrupted(t *testing.T) {
	w, s := hangingUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Report = stopper{Reporter: w, cancel: cancel}
	_, err := s.Up(ctx, valid())
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the state is saved, and its lock is") {
		t.Errorf("got %v", err)
	}
	if j := w.journal(); !j.cutOff {
		t.Errorf("journal %+v", j)
	}
	w.says("apply-code", "1")
	if err := os.Remove(filepath.Join(w.dir, "hang")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.stack().Up(t.Context(), valid()); err == nil || !w.journal().cutOff {
		t.Errorf("a failure before it was put right: %v, journal %+v", err, w.journal())
	}
	if release, err := w.home().acquire(t.Context(), "down", 0, refuseNote(t)); err != nil {
		t.Error("the folder is still locked")
	} else {
		release()
	}
}

// TestUpThatIsInterruptedAndCannotSave has Terraform leave the state in a file.
func TestUpThatIsInterruptedAndCannotSave(t *testing.T) {
	w, s := hangingUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Report = stopper{Reporter: w, cancel: func() {
		put(t, filepath.Join(w.home().modulesPath(), unsavedState), `{"version": 4}`)
		cancel()
	}}
	_, err := s.Up(ctx, valid())
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "Terraform could not save the state") ||
		strings.Contains(err.Error(), "the state is saved") {
		t.Errorf("got %v", err)
	}
}

// TestUpThatIsInterruptedAtItsEnd has Ctrl-C come while the outputs are read, when all is done.
func TestUpThatIsInterruptedAtItsEnd(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	w.says("hang-output", "")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(time.Millisecond); w.with("output") == ""; <-tick.C {
		}
		cancel()
	}()
	_, err := w.stack().Up(ctx, valid())
	<-ended
	var failed *RunError
	if !errors.As(err, &failed) || failed.Verb != "up" || !strings.Contains(err.Error(), "the stack is up") ||
		!strings.Contains(failed.Hint(), "outputs") {
		t.Errorf("got %v", err)
	}
	if j := w.journal(); j.Unfinished != "" {
		t.Errorf("journal %+v", j)
	}
}

// TestInterruptedBeforeTerraform has Ctrl-C come while what no state holds is being deleted.
func TestInterruptedBeforeTerraform(t *testing.T) {
	for name, run := range map[string]func(context.Context, *Stack) error{
		"up": func(ctx context.Context, s *Stack) error {
			o := valid()
			o.AdoptStack = true
			_, err := s.Up(ctx, o)
			return err
		},
		"down": func(ctx context.Context, s *Stack) error { return s.Down(ctx, Options{}, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.up()
			w.foreign()
			if name == "up" {
				w.plansToCreate()
			} else {
				delete(w.has, "ListRules")
				w.has["GetQueueUrl"] = `200 {"QueueUrl":"http://q/rec-tail-abcdef"}`
			}
			w.has["ListQueues"] = `200 {"QueueUrls":["http://q/rec-tail-abcdef"]}`
			w.has["ListQueueTags"] = `200 {"Tags":{"dispatch-events-aws:tail":"rec"}}`
			ctx, cancel := context.WithCancel(t.Context())
			w.after["RemoveTargets"], w.after["DeleteQueue"] = cancel, cancel
			err := run(ctx, w.stack())
			var failed *RunError
			if !errors.As(err, &failed) || failed.Verb != name ||
				!strings.Contains(err.Error(), "interrupted before everything was done") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// foreign has a rule with the stack's tag that no state holds.
func (w *world) foreign() {
	w.has["ListRules"] = `200 {"Rules":[{"Name":"rec-theirs","Arn":"arn:theirs"}]}`
	w.has["ListTagsForResource"] = `200 {"Tags":[{"Key":"` + StackTag + `","Value":"rec"},{"Key":"` + StateTag +
		`","Value":"s3://b/k"}]}`
	w.has["ListTargetsByRule"] = `200 {"Targets":[{"Id":"queue","Arn":"a"}]}`
	for _, operation := range []string{"DeleteQueue", "DeleteRule", "RemoveTargets"} {
		w.has[operation] = "200 {}"
	}
}

// TestTakeover has a stack live whose state is elsewhere, and which has no name in common with what is to be created.
func TestTakeover(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	w.foreign()
	var takeover *Refusal
	for _, run := range []func() error{
		func() error { _, err := w.stack().Up(t.Context(), valid()); return err },
		func() error { _, err := w.stack().Plan(t.Context(), valid()); return err },
	} {
		if err := run(); !errors.As(err, &takeover) || !strings.Contains(err.Error(), "rule rec-theirs") ||
			!strings.Contains(err.Error(), "s3://b/k") {
			t.Errorf("got %v", err)
		}
	}
	if strings.Contains(w.ran(), "apply") || w.asked("DeleteRule") || w.journal().Region != "" {
		t.Errorf("something was done: %s", w.ran())
	}
	o := valid()
	o.AdoptStack = true
	if _, err := w.stack().Up(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	shown := words(w.plans[len(w.plans)-1])
	if !strings.Contains(shown, "- rule rec-theirs: belongs to the stack that is taken over, and") {
		t.Errorf("shown\n%s", shown)
	}
	if !w.asked("RemoveTargets") || !w.asked("DeleteRule") {
		t.Error("the other's rule is left")
	}
}

// stopper interrupts a run when its first resource is being made.
type stopper struct {
	Reporter
	cancel func()
}

func (s stopper) Step(step Step) { s.cancel(); s.Reporter.Step(step) }

func TestUpStopsAtWhatIsNotOurs(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	w.has["GetQueueUrl"] = `200 {"QueueUrl":"http://q"}`
	w.has["ListQueueTags"] = `200 {"Tags":{"` + StackTag + `":"other"}}`
	_, err := w.stack().Up(t.Context(), valid())
	var conflict *Refusal
	if !errors.As(err, &conflict) || strings.Count(err.Error(), "already exists") != 3 ||
		strings.Contains(w.ran(), "apply") {
		t.Errorf("got %v, ran %s", err, w.ran())
	}
	if got := conflict.Hint(); strings.Count(got, "QUEUE_NAME") != 1 {
		t.Errorf("hint %q", got)
	}
}

func TestUpRefusesAnotherPlace(t *testing.T) {
	w := newWorld(t)
	if _, err := w.stack().Up(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	o := valid()
	o.Region = "eu-west-1"
	var elsewhere *Refusal
	if _, err := w.stack().Up(t.Context(), o); !errors.As(err, &elsewhere) {
		t.Errorf("another region: %v", err)
	}
	s := w.stack()
	s.State = "s3://bucket/key"
	if _, err := s.Up(t.Context(), valid()); !errors.As(err, &elsewhere) {
		t.Errorf("another state: %v", err)
	}
	w.has["GetCallerIdentity"] = strings.Replace(nothingThere["GetCallerIdentity"], "1234", "9999", 1)
	if _, err := w.stack().Up(t.Context(), valid()); !errors.As(err, &elsewhere) {
		t.Errorf("another account: %v", err)
	}
}

func TestUpWithoutCredentials(t *testing.T) {
	w := newWorld(t)
	w.has["GetCallerIdentity"] = `403 <ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message>` +
		`</Error></ErrorResponse>`
	_, err := w.stack().Up(t.Context(), valid())
	var unknown *inventory.CredentialsError
	if !errors.As(err, &unknown) || unknown.Hint() == "" || !strings.Contains(err.Error(), "InvalidClientTokenId") {
		t.Errorf("got %v", err)
	}
}

// TestOutputsOnAnotherMachine are read from a state in S3 if the options that the stack was created with are given.
func TestOutputsOnAnotherMachine(t *testing.T) {
	w := newWorld(t)
	s := w.stack()
	s.State = "s3://bucket/key"
	if _, err := s.Outputs(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "give the settings") {
		t.Errorf("without the options: %v", err)
	}
	o := valid()
	got, err := s.Outputs(t.Context(), &o)
	if err != nil || got.Text("queue_url") != "http://q" {
		t.Errorf("got %s, %v", got, err)
	}
}
