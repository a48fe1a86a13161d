package stack

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func TestEndOrphans(t *testing.T) {
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
	orphan, stranger := start(filepath.Join(data, "providers", "provider")), start(data+"-of-another/provider")
	endOrphans(data)
	if err := orphan.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the orphan ended with %v", err)
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("another's process was ended, too: %v", err)
	}
}
