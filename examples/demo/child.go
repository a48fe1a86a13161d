package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a process of its own, in a group of its own: Ctrl-C reaches it through the demo alone, in order.
type child struct {
	name  string
	cmd   *exec.Cmd
	log   lines
	ended chan struct{}
	err   error
}

// start runs a program; stdout may be nil. What it writes to standard error is kept for the case that it fails.
func start(name, program string, args, env []string, stdout io.Writer) (*child, error) {
	c := &child{name: name, ended: make(chan struct{})}
	c.cmd = exec.Command(program, args...) //nolint:noctx // ended by stop, which gives it time
	c.cmd.Env = env
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.Stdout, c.cmd.Stderr = stdout, &c.log
	if stdout == nil {
		c.cmd.Stdout = &c.log
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// failure is why it ended, with the last of what it said.
func (c *child) failure() error {
	if c.err == nil {
		return fmt.Errorf("%s has ended by itself", c.name)
	}
	return fmt.Errorf("%s: %w\n%s", c.name, c.err, c.log.last(20))
}

// stop sends a signal and waits; what has not ended in time is killed. Ended in order is no error.
func (c *child) stop(s syscall.Signal, grace time.Duration) error {
	select {
	case <-c.ended:
		return c.failure()
	default:
	}
	if err := c.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", c.name, err)
	}
	select {
	case <-c.ended:
	case <-time.After(grace):
		c.kill()
		<-c.ended
		return fmt.Errorf("%s had not ended %s after %s", c.name, grace, s)
	}
	if c.err != nil {
		return c.failure()
	}
	return nil
}

// kill ends it and its group at once; one that has ended is left alone, for its number may be another's by now.
func (c *child) kill() {
	select {
	case <-c.ended:
	default:
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// left tells whether anything of its group still runs.
func (c *child) left() bool { return syscall.Kill(-c.cmd.Process.Pid, 0) == nil }

// lines keeps what is written to it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) last(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Split(strings.TrimSpace(l.text.String()), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}

// childEnv is the environment of the programs that are shown: nothing of this shell's AWS, Terraform or settings gets
// in.
func childEnv(more ...string) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "LANG", "XDG_DATA_HOME", "XDG_CACHE_HOME", "PLUGIN_DIR",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "TF_PLUGIN_CACHE_DIR", "TF_CLI_CONFIG_FILE",
	} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return append(env, more...)
}
