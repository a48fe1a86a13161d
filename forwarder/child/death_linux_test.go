package child_test

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

func TestDiesWithItsParent(t *testing.T) {
	parent, err := child.Start(child.Options{Env: append(os.Environ(), "START_A_CHILD=yes")}, os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(parent.Kill)
	text, err := parent.WaitForLine(t.Context(), "child ")
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(text, &pid); err != nil {
		t.Fatal(err)
	}
	_ = parent.Command.Process.Signal(syscall.SIGKILL) // the child, in a group of its own, does not get it
	for end := time.Now().Add(10 * time.Second); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); {
		if status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); isZombie(status) {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the child has outlived its parent")
		}
	}
}

// isZombie reports whether a process has ended and nobody has waited for it, as in a container without an init.
func isZombie(stat []byte) bool {
	var pid int
	var name, state string
	_, _ = fmt.Sscan(string(stat), &pid, &name, &state)
	return state == "Z"
}
