package chaos

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// running is a forwarder's process.
type running struct {
	number  int
	command *exec.Cmd
	log     string // a file
	ended   chan struct{}
}

// spawn runs functions on the one thread that starts processes: they die with it (see attributes), and so with the
// test.
var spawn = make(chan func())

// start starts a forwarder of this environment and nothing else of the test's.
func start(program, dir string, number int, environment []string) (*running, error) {
	p := &running{number: number, log: filepath.Join(dir, nameOf(number)+".log"), ended: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has it
	p.command = exec.Command(program)
	p.command.Env, p.command.Stdout, p.command.Stderr = environment, log, log
	p.command.SysProcAttr = attributes()
	started := make(chan error)
	spawn <- func() { started <- p.command.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() {
		_ = p.command.Wait() // the state tells
		close(p.ended)
	}()
	return p, nil
}

func (p *running) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// isLeft tells whether it, or a child of it, is still there.
func (p *running) isLeft() bool {
	return !p.hasEnded() || !errors.Is(syscall.Kill(-p.command.Process.Pid, 0), syscall.ESRCH)
}

// signal does nothing to a process that has ended.
func (p *running) signal(s syscall.Signal) { _ = p.command.Process.Signal(s) }

func (p *running) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// terminate stops the process in order and returns how long that took; one that does not end is killed.
func (p *running) terminate(patience time.Duration) (took time.Duration) {
	from := time.Now()
	p.signal(syscall.SIGTERM)
	wait(p.ended, patience)
	took = time.Since(from)
	p.kill()
	return took
}

// hurry sends SIGTERM until the process ends: the second one that it sees is to end it at once.
func (p *running) hurry(patience time.Duration) (took time.Duration) {
	from := time.Now()
	for !p.hasEnded() && took < patience {
		p.signal(syscall.SIGTERM)
		wait(p.ended, 50*time.Millisecond)
		took = time.Since(from)
	}
	p.kill()
	return took
}

// outcome is what a process that has ended left behind.
func (p *running) outcome() string {
	text, _ := os.ReadFile(p.log)
	return fmt.Sprintf("%s ended: %s, having said at last:\n%s", nameOf(p.number), p.command.ProcessState, text[max(0, len(text)-2000):])
}

func (p *running) code() int { return p.command.ProcessState.ExitCode() }

// logged are the lines that hold a word, a few.
func logged(dir, word string) (lines []string) {
	const most = 12
	files, _ := filepath.Glob(filepath.Join(dir, namePrefix+"*.log"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan() && len(lines) < most; {
			if bytes.Contains(scan.Bytes(), []byte(word)) {
				lines = append(lines, filepath.Base(file)+": "+scan.Text())
			}
		}
	}
	return lines
}
