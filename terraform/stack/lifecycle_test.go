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
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
)

// TestLifeCycle takes a stack through up, plan, status and down with each of the two programs that is there. They wait
// for SQS most of the time, so they do it together.
func TestLifeCycle(t *testing.T) {
	aws := localaws.Test(t, localaws.Options{})
	for _, entry := range append(aws.Env(), "XDG_STATE_HOME="+t.TempDir()) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	for choice, host := range map[string]string{
		driver.Terraform: "registry.terraform.io",
		driver.OpenTofu:  "registry.opentofu.org",
	} {
		t.Run(choice, func(t *testing.T) {
			if _, err := exec.LookPath(choice); err != nil {
				t.Skipf("not run: %s is not on the PATH", choice)
			}
			t.Parallel()
			s := &Stack{
				Name: "life-" + choice, Modules: modules.Files, Program: choice, PluginDir: mirrorFor(t, host),
				LockTimeout: time.Minute, Report: &recorder{},
				Approve: func(context.Context, Plan) (bool, error) { return true, nil },
			}
			live(t, s)
			if text := read(t, filepath.Join(s.Folder, "terraform.tfstate")); text != "" {
				t.Errorf("the state is still there: %s", text)
			}
		})
	}
}

func live(t *testing.T, s *Stack) {
	s.Folder = t.TempDir()
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
	if err != nil || len(status.Drift) > 0 || len(status.Rules) != 2 || status.Queue == nil ||
		len(status.DeadLetters) != 2 {
		t.Errorf("status: %+v, %v", status, err)
	}
	if err := s.Down(t.Context(), DownOptions{}); err != nil {
		t.Errorf("down: %v", err)
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
