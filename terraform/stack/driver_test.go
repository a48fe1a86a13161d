package stack

import (
	"path/filepath"
	"strings"
	"testing"
)

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
		"plan TF_DATA_DIR=" + w.home().dataPath(),
	} {
		if !strings.Contains(env, want+"\n") {
			t.Errorf("%s does not reach Terraform:\n%s", want, env)
		}
	}
	t.Setenv("TF_LOG_PATH", "")
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if env := read(t, filepath.Join(w.dir, "env")); !strings.Contains(env, "plan TF_LOG_PATH="+w.home().logPath()+"\n") ||
		!strings.Contains(strings.Join(w.notes, "\n"), w.home().logPath()) {
		t.Errorf("nobody knows where the log is: %q", w.notes)
	}
}

// TestProviderGivesUpInTime has its block say how often a call is tried: it does not read AWS_MAX_ATTEMPTS.
func TestProviderGivesUpInTime(t *testing.T) {
	for own, want := range map[string]string{"": "6", "3": "3", "0": "6", "many": "6"} {
		w := newWorld(t)
		t.Setenv("AWS_MAX_ATTEMPTS", own)
		f := w.home()
		if err := f.writeModules(w.stack().Modules, state{path: "/p"}.callerBlocks(true)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(f.modulesPath(), "caller.tf.json")); !strings.Contains(got,
			`"max_retries": `+want+",") {
			t.Errorf("AWS_MAX_ATTEMPTS=%s: %s", own, got)
		}
	}
}
