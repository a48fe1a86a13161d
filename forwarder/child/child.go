// Package child runs other programs as child processes, for tests, for the bench and for the demonstrations. A child is
// in a process group of its own, so Ctrl-C at the terminal reaches only this process, which then stops its children
// cleanly. On Linux a child also ends when this process ends, for whatever reason.
package child

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options describe how a child is run; the zero value gives it this process's environment and no input.
type Options struct {
	Name   string    // in errors; the program's file name if empty
	Env    []string  // nil: that of this process
	Stdin  bool      // Process.Stdin is a pipe to the child
	Stdout io.Writer // gets the child's standard output, which WaitForLine, LastLines and Failure then do not see
	Log    io.Writer // gets a copy of what the child writes to standard error
}

// Process is a child that was started.
type Process struct {
	Name    string
	Command *exec.Cmd      // for its process ID and its exit code
	Stdin   io.WriteCloser // nil unless Options asked for it
	Ended   chan struct{}  // closed when the child has ended
	Err     error          // to be read after Ended; if the exit code is not 0, it has the last lines of the output

	output output
}

// outputDelay is how long more output is awaited when the child has ended but a process that it started has not.
const outputDelay = 10 * time.Second

// Start starts a program. The caller must end it with Stop or Kill.
func Start(o Options, program string, args ...string) (*Process, error) {
	p := &Process{Name: cmp.Or(o.Name, filepath.Base(program)), Ended: make(chan struct{})}
	p.output.changed = make(chan struct{})
	p.Command = exec.Command(program, args...) //nolint:noctx // Stop gives it the time to end cleanly
	p.Command.Env, p.Command.SysProcAttr, p.Command.WaitDelay = o.Env, attributes(), outputDelay
	p.Command.Stdout, p.Command.Stderr = &p.output, &p.output
	if o.Stdout != nil {
		p.Command.Stdout = o.Stdout
	}
	if o.Log != nil {
		p.Command.Stderr = io.MultiWriter(&p.output, o.Log)
	}
	var err error
	if o.Stdin {
		p.Stdin, err = p.Command.StdinPipe()
	}
	if err == nil {
		started := make(chan error)
		go p.run(started)
		err = <-started
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	return p, nil
}

// run starts the child and waits for its end, on one thread: on Linux a child dies with the thread that started it.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer close(p.Ended)
	err := p.Command.Start()
	started <- err
	if err != nil {
		return
	}
	if err := p.Command.Wait(); err != nil {
		p.Err = fmt.Errorf("%s: %w\n%s", p.Name, err, p.LastLines(20))
	}
}

// WaitForLine waits until the output has a line that begins with the prefix, and returns what follows it.
func (p *Process) WaitForLine(ctx context.Context, prefix string) (rest string, err error) {
	line := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(prefix) + "(.*)\n")
	for {
		hasEnded := p.HasEnded()
		text, changed := p.output.read()
		found := line.FindStringSubmatch(text)
		switch {
		case found != nil:
			return found[1], nil
		case hasEnded:
			return "", p.Failure()
		}
		select {
		case <-changed:
		case <-p.Ended:
		case <-ctx.Done():
			return "", fmt.Errorf("wait for %s to start: %w\n%s", p.Name, ctx.Err(), p.LastLines(20))
		}
	}
}

// HasEnded reports whether the child has ended.
func (p *Process) HasEnded() bool {
	select {
	case <-p.Ended:
		return true
	default:
		return false
	}
}

// Failure waits until a child has ended that should not: it returns an error also if the exit code is 0.
func (p *Process) Failure() error {
	<-p.Ended
	if p.Err != nil {
		return p.Err
	}
	return fmt.Errorf("%s has ended by itself\n%s", p.Name, p.LastLines(20))
}

// Stop lets the child end cleanly: it closes the child's standard input if Options asked for one, and otherwise sends
// the signal. A child that has not ended after the grace period is killed. It is an error if the child has already
// ended.
func (p *Process) Stop(signal syscall.Signal, grace time.Duration) error {
	if p.HasEnded() {
		return p.Failure()
	}
	if p.Stdin != nil {
		_ = p.Stdin.Close() // it may be closed already
	} else {
		_ = p.Command.Process.Signal(signal) // a child that has ended meanwhile does not get it
	}
	select {
	case <-p.Ended:
		return p.Err
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("%s had not ended %s after it was asked to", p.Name, grace)
	}
}

// Kill ends the child and its process group at once. If the child has already ended, others of its group go on.
func (p *Process) Kill() {
	if !p.HasEnded() { // otherwise the process ID may be another process's by now
		_ = syscall.Kill(-p.Command.Process.Pid, syscall.SIGKILL)
	}
	<-p.Ended
}

// IsGroupRunning reports whether the child, or another process of its group, is still running.
func (p *Process) IsGroupRunning() bool {
	return !p.HasEnded() || !errors.Is(syscall.Kill(-p.Command.Process.Pid, 0), syscall.ESRCH)
}

// LastLines returns the last lines that the child has written so far.
func (p *Process) LastLines(n int) string {
	text, _ := p.output.read()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// outputBytes is how much of the latest output is kept at least; at most twice as much is kept.
const outputBytes = 64 << 10

// output keeps what is written to it.
type output struct {
	mu      sync.Mutex
	text    []byte
	changed chan struct{} // closed and replaced at each write
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if len(o.text) > 2*outputBytes {
		o.text = slices.Clone(o.text[len(o.text)-outputBytes:])
	}
	close(o.changed)
	o.changed = make(chan struct{})
	return len(b), nil
}

// read returns what is kept, and a channel that is closed when there is more.
func (o *output) read() (text string, changed <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text), o.changed
}
