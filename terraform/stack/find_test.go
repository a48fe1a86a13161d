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
	if path, err := findTerraform(t.Context(), bin, never, refuseNote(t)); err != nil || path != filepath.Join(recent, "terraform") {
		t.Errorf("on the PATH: %s, %v", path, err)
	}
	t.Setenv("PATH", old)
	if _, err := findTerraform(t.Context(), bin, never, refuseNote(t)); err == nil || !strings.Contains(err.Error(), "is version 1.8.5: the modules need >= 1.9.0") {
		t.Errorf("too old: %v", err)
	}
	t.Setenv("PATH", "")
	if path, err := findTerraform(t.Context(), recent, never, refuseNote(t)); err != nil || path != filepath.Join(recent, "terraform") {
		t.Errorf("installed before: %s, %v", path, err)
	}
	offline := func(context.Context, string) (string, error) { return "", context.DeadlineExceeded }
	_, err := findTerraform(t.Context(), bin, offline, func(string) {})
	var missing *TerraformError
	if !errors.As(err, &missing) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(missing.Hint(), "https://") || strings.Contains(err.Error(), "\n") {
		t.Errorf("nowhere: %v", err)
	}
}
