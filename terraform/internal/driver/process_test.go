package driver

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestTerraformHasItsOwnGroup starts Terraform as terraform-exec does on systems on which it creates no process group:
// there, a Ctrl-C at the terminal would reach Terraform twice.
func TestTerraformHasItsOwnGroup(t *testing.T) {
	was := ownGroup
	t.Cleanup(func() { ownGroup = was })
	script := filepath.Join(t.TempDir(), "terraform")
	put(t, script, "#!/bin/sh\necho \"$@\" $$ $(ps -o pgid= -p $$) \"$"+programVariable+"\"\n")
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, ownGroup = range []bool{true, false} {
		env := environment(os.Environ(), "")
		c := exec.CommandContext(t.Context(), inGroup(script, env), "plan", "-json")
		for name, value := range env {
			c.Env = append(c.Env, name+"="+value)
		}
		out, err := c.CombinedOutput()
		said := strings.Fields(string(out))
		if err != nil || len(said) != 4 || said[0] != "plan" || said[1] != "-json" {
			t.Fatalf("started with %q: %v", out, err)
		}
		if leads := said[2] == said[3]; leads != ownGroup {
			t.Errorf("process %s is in the group %s", said[2], said[3])
		}
	}
}

func TestKillLeftoverProviders(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have no /proc")
	}
	data := filepath.Join(t.TempDir(), "data")
	start := func(program string) *exec.Cmd {
		sleep, err := exec.LookPath("sleep")
		if err != nil {
			t.Skip("no sleep on this machine")
		}
		c := &exec.Cmd{Path: sleep, Args: []string{program, "600"}}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
		return c
	}
	leftOver, stranger := start(filepath.Join(data, "providers", "provider")), start(data+"-of-another/provider")
	KillLeftoverProviders(data)
	if err := leftOver.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the provider ended with %v", err)
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("another's process was ended, too: %v", err)
	}
}
