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

// ownGroup is true if this package must start a process group for Terraform: terraform-exec does that only on Linux. In
// the process group of this program, Terraform would get both the Ctrl-C from the terminal and the interrupt that this
// program sends, and at the second signal it ends without saving what it did.
var ownGroup = runtime.GOOS != "linux"

// programVariable is the environment variable that makes a process of this program start a process group and then
// execute the program that the variable names.
const programVariable = "DISPATCH_EVENTS_AWS_BECOMES"

// init runs in the new process before that executes Terraform. There is no other place for this code, because
// terraform-exec hides its exec.Cmd.
func init() { //nolint:gochecknoinits // see above
	path := os.Getenv(programVariable)
	if path == "" {
		return
	}
	_ = os.Unsetenv(programVariable)
	_ = syscall.Setpgid(0, 0)                                  // fails only if this process leads a group already
	err := syscall.Exec(path, os.Args, os.Environ())           //nolint:gosec // the operator chooses the program
	_, _ = fmt.Fprintf(os.Stderr, "start %s: %v\n", path, err) // this program reads it as an error of Terraform
	os.Exit(1)
}

// inGroup returns the program to start so that path runs in its own process group, and adds the variable for it to env.
func inGroup(path string, env map[string]string) string {
	self, err := os.Executable()
	if !ownGroup || err != nil {
		return path
	}
	env[programVariable] = path
	return self
}

// KillLeftoverProviders kills the providers that a killed run has left running; they were started from the folder data.
// Terraform dies with the run, but a provider can stay, ignore every signal except SIGKILL, and occupy 350 MiB. The
// folder is locked by now, so no other run uses them. Without /proc, they keep running.
func KillLeftoverProviders(data string) {
	processes, _ := os.ReadDir("/proc")
	for _, process := range processes {
		pid, err := strconv.Atoi(process.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", process.Name(), "cmdline"))
		program, _, _ := bytes.Cut(line, []byte{0})
		if strings.HasPrefix(string(program), data+string(filepath.Separator)) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended in the meantime
		}
	}
}
