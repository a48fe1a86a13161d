package stack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const quotaRefusal = "EventBridge refuses PutRule, which is tried again, up to 6 times in all: " +
	"LimitExceededException: The requested resource exceeds the maximum number allowed."

// TestOwnVariablesOfTerraform has those that a person has set change nothing of what the stack does, from the version
// call on, but for the log, which there is no other way to ask for.
func TestOwnVariablesOfTerraform(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	t.Chdir(t.TempDir())
	for name, value := range map[string]string{
		"TF_CLI_ARGS": "-no-such", "TF_CLI_ARGS_plan": "-refresh=false", "TF_DATA_DIR": "/elsewhere", "TF_WORKSPACE": "w",
		"TF_VAR_name": "x",
		"TF_INPUT":    "1", "TF_LOG": "DEBUG", "TF_LOG_PROVIDER": "TRACE", "TF_LOG_PATH": "log",
	} {
		t.Setenv(name, value)
	}
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("log")
	if err != nil {
		t.Fatal(err)
	}
	env := read(t, filepath.Join(w.dir, "env"))
	for _, never := range []string{"-no-such", "-refresh", "/elsewhere", "TF_WORKSPACE=", "TF_VAR_name", "TF_INPUT"} {
		if strings.Contains(env, never) {
			t.Errorf("%s reaches Terraform:\n%s", never, env)
		}
	}
	for _, want := range []string{
		"plan TF_LOG=DEBUG", "plan TF_LOG_PROVIDER=TRACE", "init TF_LOG_PATH=" + here,
		"plan TF_DATA_DIR=" + w.home().data(),
	} {
		if !strings.Contains(env, want+"\n") {
			t.Errorf("%s does not reach Terraform:\n%s", want, env)
		}
	}
	t.Setenv("TF_LOG_PATH", "")
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if env := read(t, filepath.Join(w.dir, "env")); !strings.Contains(env, "plan TF_LOG_PATH="+w.home().log()+"\n") ||
		!strings.Contains(strings.Join(w.notes, "\n"), w.home().log()) {
		t.Errorf("nobody knows where the log is: %q", w.notes)
	}
}

// TestRefusalsAreSaidWhileTheyLast has them said during an apply, from a log that nobody else can read and that is gone
// afterwards.
func TestRefusalsAreSaidWhileTheyLast(t *testing.T) {
	for own, said := range map[string]bool{"": true, "ERROR": false} {
		w := newWorld(t)
		t.Setenv("AWS_MAX_ATTEMPTS", "6")
		t.Setenv("TF_LOG_PROVIDER", own)
		w.plansToCreate()
		w.says("refused.log", read(t, filepath.Join("..", "internal", "driver", "testdata", "refused.log")))
		w.says("apply.jsonl", read(t, filepath.Join("testdata", "failed.jsonl")))
		w.says("apply-code", "1")
		if _, err := w.stack().Up(t.Context(), valid()); err == nil {
			t.Fatal("it did not fail")
		}
		if got := slices.Contains(w.notes, quotaRefusal); got != said {
			t.Errorf("TF_LOG_PROVIDER=%s: %q", own, w.notes)
		}
		if !said {
			if env := read(t, filepath.Join(w.dir, "env")); !strings.Contains(env, "apply TF_LOG_PROVIDER="+own+"\n") {
				t.Errorf("the person's own log is another: %s", env)
			}
			continue
		}
		if got := read(t, filepath.Join(w.dir, "log-file")); !strings.HasPrefix(got, "-rw------- ") {
			t.Errorf("others can read the log: %s", got)
		}
		if _, err := os.Stat(w.home().calls()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the log is still there: %v", err)
		}
	}
}

// TestProviderGivesUpInTime has its block say how often a call is tried: it does not read AWS_MAX_ATTEMPTS.
func TestProviderGivesUpInTime(t *testing.T) {
	for own, want := range map[string]string{"": "6", "3": "3", "0": "6", "many": "6"} {
		w := newWorld(t)
		t.Setenv("AWS_MAX_ATTEMPTS", own)
		f := w.home()
		if err := f.write(w.stack().Modules, state{path: "/p"}.backend(true)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(f.modules(), "provider.tf.json")); !strings.Contains(got,
			`"max_retries": `+want+",") {
			t.Errorf("AWS_MAX_ATTEMPTS=%s: %s", own, got)
		}
	}
}

// TestNextRunRemovesTheLogOfAKilledOne whatever its verb is.
func TestNextRunRemovesTheLogOfAKilledOne(t *testing.T) {
	w := newWorld(t)
	put(t, w.home().calls(), "what a killed run has logged")
	put(t, w.home().holder(), `{"verb":"up","pid":7}`)
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.home().calls()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
}
