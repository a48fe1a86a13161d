package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestMirrorIsFound(t *testing.T) {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	home, system := t.TempDir(), t.TempDir()
	env := map[string]string{}
	if got := findMirror(home, env, system); got != "" {
		t.Errorf("found %s where there is none", got)
	}
	put(t, filepath.Join(system, "unrelated", "file"), "")
	put(t, filepath.Join(system, "foreign", "mirror.example/hashicorp/aws", "5.100.0", "plan9_mips", "p"), "")
	if got := findMirror(home, env, system); got != "" {
		t.Errorf("%s holds nothing for this machine", got)
	}
	unpacked := filepath.Join(system, "mirror")
	put(t, filepath.Join(unpacked, "mirror.example/hashicorp/aws", "5.100.0", platform, "p"), "")
	if got := findMirror(home, env, system); got != unpacked {
		t.Errorf("found %q, want %s", got, unpacked)
	}
	put(t, filepath.Join(home, ".terraform.d", "plugins", "mirror.example/hashicorp/aws", "terraform-provider-aws_5.100.0_"+platform+".zip"), "")
	if got := findMirror(home, env, system); got != "" {
		t.Errorf("%s is given though Terraform finds one by itself", got)
	}
}

func TestEnvironment(t *testing.T) {
	there := filepath.Join(t.TempDir(), "rc")
	put(t, there, "")
	got := environment([]string{
		"AWS_PROFILE=p", "TF_VAR_name=x", "TF_CLI_ARGS=-x", "TF_CLI_ARGS_plan=-x", "TF_WORKSPACE=w", "TF_LOG=TRACE",
		"TF_CLI_CONFIG_FILE=/no/such/file", "EQUALS=a=b",
	}, "/data")
	want := map[string]string{"AWS_PROFILE": "p", "EQUALS": "a=b", "TF_DATA_DIR": "/data", "CHECKPOINT_DISABLE": "1"}
	if len(got) != len(want) {
		t.Errorf("environment %v", got)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if got := environment([]string{"TF_CLI_CONFIG_FILE=" + there}, ""); got["TF_CLI_CONFIG_FILE"] != there {
		t.Error("a configuration that is there is left out")
	}
}

// TestOwnVariablesOfTerraform has those that a person has set change nothing of what the stack does, from the version
// call on, but for the log, which there is no other way to ask for.
func TestOwnVariablesOfTerraform(t *testing.T) {
	w := newWorld(t)
	w.plansToCreate()
	t.Chdir(t.TempDir())
	for name, value := range map[string]string{
		"TF_CLI_ARGS": "-no-such", "TF_CLI_ARGS_plan": "-refresh=false", "TF_DATA_DIR": "/elsewhere", "TF_WORKSPACE": "w", "TF_VAR_name": "x",
		"TF_INPUT": "1", "TF_LOG": "DEBUG", "TF_LOG_PROVIDER": "TRACE", "TF_LOG_PATH": "log",
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
	for _, want := range []string{"plan TF_LOG=DEBUG", "plan TF_LOG_PROVIDER=TRACE", "init TF_LOG_PATH=" + here, "plan TF_DATA_DIR=" + w.home().data()} {
		if !strings.Contains(env, want+"\n") {
			t.Errorf("%s does not reach Terraform:\n%s", want, env)
		}
	}
	t.Setenv("TF_LOG_PATH", "")
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if env := read(t, filepath.Join(w.dir, "env")); !strings.Contains(env, "plan TF_LOG_PATH="+w.home().log()+"\n") || !strings.Contains(strings.Join(w.notes, "\n"), w.home().log()) {
		t.Errorf("nobody knows where the log is: %q", w.notes)
	}
}

func TestOwnConfigurationOfTerraformWins(t *testing.T) {
	w := newWorld(t)
	home := t.TempDir()
	for name, test := range map[string]struct {
		file, text string
		wins       bool
	}{
		"named":              {"named", "", true},
		"usual":              {".terraformrc", "provider_installation {}", true},
		"usual, of elsewise": {".terraformrc", "credentials \"x\" {}", false},
		"none":               {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", filepath.Join(home, name))
			file := filepath.Join(home, name, test.file)
			t.Setenv("TF_CLI_CONFIG_FILE", "")
			if test.file != "" {
				put(t, file, test.text)
			}
			if test.file == "named" {
				t.Setenv("TF_CLI_CONFIG_FILE", file)
			}
			env := environment(os.Environ(), "")
			if got := configuresProviders(os.Getenv("HOME"), env); got != test.wins {
				t.Errorf("wins: %v", got)
			}
			s := w.stack()
			s.PluginDir = ""
			if got := (&session{Stack: s}).mirror(); test.wins && got != "" {
				t.Errorf("%s is taken", got)
			}
			s.PluginDir = "/given"
			if got := (&session{Stack: s}).mirror(); got != "/given" {
				t.Errorf("PLUGIN_DIR is not taken, but %s", got)
			}
		})
	}
}

func TestTerraformIsFound(t *testing.T) {
	script := func(version string) string {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "terraform"), "#!/bin/sh\necho '{\"terraform_version\": \""+version+"\", \"provider_selections\": {}}'\n")
		if err := os.Chmod(filepath.Join(dir, "terraform"), 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	never := func(context.Context, string) (string, error) { return "", errors.New("must not be installed") }
	old, recent, bin := script("1.8.5"), script("1.9.0"), t.TempDir()

	t.Setenv("PATH", recent)
	if path, _, err := findTerraform(t.Context(), bin, never, refuseNote(t)); err != nil || path != filepath.Join(recent, "terraform") {
		t.Errorf("on the PATH: %s, %v", path, err)
	}
	t.Setenv("PATH", old)
	if _, _, err := findTerraform(t.Context(), bin, never, refuseNote(t)); err == nil || !strings.Contains(err.Error(), "is version 1.8.5: the modules need >= 1.9.0") {
		t.Errorf("too old: %v", err)
	}
	t.Setenv("PATH", "")
	if path, _, err := findTerraform(t.Context(), recent, never, refuseNote(t)); err != nil || path != filepath.Join(recent, "terraform") {
		t.Errorf("installed before: %s, %v", path, err)
	}
	offline := func(context.Context, string) (string, error) { return "", context.DeadlineExceeded }
	_, _, err := findTerraform(t.Context(), bin, offline, func(string) {})
	var missing *TerraformError
	if !errors.As(err, &missing) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(missing.Hint(), "https://") || strings.Contains(err.Error(), "\n") {
		t.Errorf("nowhere: %v", err)
	}
}
