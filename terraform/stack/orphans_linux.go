package stack

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// endOrphans ends the providers of a run that was killed. Terraform dies with the run; a provider can hang on, deaf to
// all but SIGKILL, and keeps 350 MiB. The folder is locked by now, so those that were started from it are nobody
// else's.
func endOrphans(data string) {
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
