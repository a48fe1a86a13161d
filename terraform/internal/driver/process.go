package driver

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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

// EndLeftOver ends the providers that a killed run has left, which were started from the folder data. Terraform dies
// with the run; a provider can hang on, deaf to all but SIGKILL, and keeps 350 MiB. The folder is locked by now, so
// they are nobody else's. Where there is no /proc, they are left alone.
func EndLeftOver(data string) {
	processes, _ := os.ReadDir("/proc")
	for _, process := range processes {
		pid, err := strconv.Atoi(process.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", process.Name(), "cmdline"))
		program, _, _ := bytes.Cut(line, []byte{0})
		if strings.HasPrefix(string(program), data+string(filepath.Separator)) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
		}
	}
}
