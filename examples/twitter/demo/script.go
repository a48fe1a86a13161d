package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// script is one of this example's Python programs. It ends when its standard input does, so with this process, too.
type script struct {
	url   string
	name  string
	cmd   *exec.Cmd
	stdin io.Closer
	said  bytes.Buffer // to be read when it has ended
	ended chan struct{}
	err   error
}

const (
	startTimeout  = 3 * time.Minute // pip may have to fetch packages first
	scriptTimeout = 10 * time.Second
)

// startScript starts a program and returns when it has printed NAME=address.
func startScript(ctx context.Context, variable string, env []string, path string) (*script, error) {
	s := &script{name: path, ended: make(chan struct{})}
	s.cmd = exec.Command("python3", path, "--until-stdin-closes") //nolint:noctx // it outlives the start; stop ends it
	s.cmd.Env = env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this process, which still needs it
	s.cmd.Stderr = &s.said
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	ready := make(chan string, 1)
	go s.follow(stdout, variable+"=", ready)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case s.url = <-ready:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("start %s: %w\n%s", path, errors.Join(errors.New("it has ended"), s.err), &s.said)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), s.stop())
	}
}

// follow waits for the address, lets the program say more, and waits for its end.
func (s *script) follow(stdout io.Reader, variable string, ready chan<- string) {
	in := bufio.NewScanner(stdout)
	for in.Scan() {
		if url, found := strings.CutPrefix(in.Text(), variable); found {
			ready <- url
			break
		}
	}
	_, _ = io.Copy(io.Discard, stdout)
	s.err = s.cmd.Wait()
	close(s.ended)
}

// stop ends it in order.
func (s *script) stop() error {
	_ = s.stdin.Close()
	select {
	case <-s.ended:
	case <-time.After(scriptTimeout):
		_ = s.cmd.Process.Kill()
		<-s.ended
		return fmt.Errorf("%s had not ended %s after it was told to", s.name, scriptTimeout)
	}
	if s.err != nil {
		return fmt.Errorf("%s: %w\n%s", s.name, s.err, &s.said)
	}
	return nil
}
