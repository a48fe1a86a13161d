//go:build unix

package stack

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// ownGroup has Terraform run in a process group of its own where terraform-exec does not see to it. In that of this
// program, a Ctrl-C at the terminal would reach it as well as the interrupt that is sent then, and at the second one it
// ends without saving what it did.
var ownGroup = runtime.GOOS != "linux"

// becomes is the variable that has a process of this program become another one, as the leader of a group.
const becomes = "DISPATCH_EVENTS_AWS_BECOMES"

// init is the only code that runs between fork and exec: exec.Cmd, which terraform-exec hides, has no other place for
// it.
func init() { //nolint:gochecknoinits // see above
	path := os.Getenv(becomes)
	if path == "" {
		return
	}
	_ = os.Unsetenv(becomes)
	_ = syscall.Setpgid(0, 0)                                  // fails only for who leads a group already
	err := syscall.Exec(path, os.Args, os.Environ())           //nolint:gosec // the program is the operator's own
	_, _ = fmt.Fprintf(os.Stderr, "start %s: %v\n", path, err) // which is read as Terraform's
	os.Exit(1)
}

// inGroup is the program to start, and a variable for it, so that path runs in a group of its own.
func inGroup(path string, env map[string]string) string {
	self, err := os.Executable()
	if !ownGroup || err != nil {
		return path
	}
	env[becomes] = path
	return self
}
