package stack

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	modules "github.com/dispatchframework/dispatch-events-aws/terraform"
)

// TestLifeCycleWithOpenTofu takes a stack through up, plan, status and down with OpenTofu. Terraform is what the tests
// of the stack command have.
func TestLifeCycleWithOpenTofu(t *testing.T) {
	if _, err := exec.LookPath("tofu"); err != nil {
		t.Skip("not run: tofu is not on the PATH")
	}
	for _, entry := range localaws.Env(localaws.Test(t)) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	s := &Stack{
		Name: "life", Modules: modules.Files, Program: "tofu",
		PluginDir: mirrorFor(t, "registry.opentofu.org"), LockTimeout: time.Minute, Report: &recorder{},
		Approve: func(context.Context, Plan) (bool, error) { return true, nil },
	}
	o := valid()
	o.NamedPatterns = map[string]string{"ec2": `{"source":["aws.ec2"]}`}
	outputs, err := s.Up(t.Context(), o)
	if err != nil || outputs.Text("queue_url") == "" || len(outputs.Rules()) != 2 {
		t.Fatalf("up: %v, %s", err, outputs)
	}
	if p, err := s.Plan(t.Context(), o); err != nil || !p.Empty() {
		t.Errorf("plan: %+v, %v", p.Lines, err)
	}
	status, err := s.Status(t.Context(), nil)
	if err != nil ||
		len(status.Drift) > 0 ||
		len(status.Rules) != 2 ||
		status.Queue == nil ||
		len(status.DeadLetters) != 2 {
		t.Errorf("status: %+v, %v", status, err)
	}
	if err := s.Down(t.Context(), Options{}, nil); err != nil {
		t.Errorf("down: %v", err)
	}
	home, err := s.home()
	if err != nil {
		t.Fatal(err)
	}
	if left := list(t, string(home)); left != "lock" {
		t.Errorf("left are %s", left)
	}
}

// mirrorFor is a mirror of the provider below this host, made of one that is on this machine below another; none where
// the program finds the provider by itself.
func mirrorFor(t *testing.T, host string) string {
	t.Helper()
	found, err := filepath.Glob("/opt/*/*/hashicorp/aws/*/*_*")
	if err != nil || len(found) == 0 {
		return ""
	}
	mirror := t.TempDir()
	for _, platform := range found {
		version := filepath.Join(mirror, host, "hashicorp", "aws", filepath.Base(filepath.Dir(platform)))
		if err := os.MkdirAll(version, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(platform, filepath.Join(version, filepath.Base(platform))); err != nil {
			t.Fatal(err)
		}
	}
	return mirror
}
