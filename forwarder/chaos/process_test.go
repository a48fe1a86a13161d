package chaos

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// running is a forwarder's process.
type running struct {
	*child.Process
	number int
}

// start starts a forwarder of this environment and nothing else of the test's. Its log is in a file.
func start(program, dir string, number int, environment []string) (*running, error) {
	log, err := os.Create(filepath.Join(dir, nameOf(number)+".log"))
	if err != nil {
		return nil, err
	}
	o := child.Options{Name: nameOf(number), Env: environment, Stdout: log, Log: log}
	p, err := child.Start(o, program)
	if err != nil {
		_ = log.Close()
		return nil, err
	}
	go func() {
		<-p.Ended
		_ = log.Close()
	}()
	return &running{p, number}, nil
}

// terminate stops the process with SIGTERM and returns how long that took; one that does not end is killed.
func (p *running) terminate(patience time.Duration) (took time.Duration) {
	from := time.Now()
	_ = p.Command.Process.Signal(syscall.SIGTERM)
	wait(p.Ended, patience)
	took = time.Since(from)
	p.Kill()
	return took
}

// hurry sends SIGTERM until the process ends: the second one that it gets must end it at once.
func (p *running) hurry(patience time.Duration) (hasEnded bool) {
	for from := time.Now(); !p.HasEnded() && time.Since(from) < patience; {
		_ = p.Command.Process.Signal(syscall.SIGTERM)
		wait(p.Ended, 50*time.Millisecond)
	}
	hasEnded = p.HasEnded() // even if a busy machine noticed it late
	p.Kill()
	return hasEnded
}

// logged returns a few of the log's lines that contain a word.
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
