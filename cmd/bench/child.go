package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// child is a process of a run. It ends with the run's context, and with this process.
type child struct {
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	out     *io.PipeReader
	answers *json.Decoder
	orders  *json.Encoder
	said    tail
	ended   chan struct{}
	err     error // why it ended; to be read after ended
}

// tail keeps the end of what a child says on standard error: the reason why it failed.
type tail struct{ text []byte }

const tailBytes = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(b), nil
}

// start runs this program again in another role; its configuration goes along as an argument.
func start(ctx context.Context, role string, configuration any, environment ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal(configuration)
	if err != nil {
		return nil, fmt.Errorf("configure %s: %w", role, err)
	}
	return startProgram(ctx, role, environment, self, role, string(text))
}

func startProgram(ctx context.Context, name string, environment []string, program string, args ...string) (*child, error) {
	out, stdout := io.Pipe()
	command := exec.CommandContext(ctx, program, args...) //nolint:gosec // who runs the bench names the program
	c := &child{name: name, command: command, out: out, ended: make(chan struct{})}
	c.command.Env, c.command.Stdout, c.command.Stderr = environment, stdout, &c.said
	c.command.WaitDelay, c.command.SysProcAttr = time.Second, processAttributes()
	var err error
	if c.in, err = c.command.StdinPipe(); err == nil {
		err = c.command.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		c.err = c.command.Wait()
		_ = stdout.Close() // never fails
		close(c.ended)
	}()
	c.answers, c.orders = json.NewDecoder(out), json.NewEncoder(c.in)
	return c, nil
}

// answer reads the child's next line.
func (c *child) answer(into any) error {
	if err := c.answers.Decode(into); err != nil {
		return fmt.Errorf("hear from %s: %w\n%s", c.name, err, c.kill())
	}
	return nil
}

func (c *child) ask(order, into any) error {
	if err := c.orders.Encode(order); err != nil {
		return fmt.Errorf("tell %s: %w\n%s", c.name, err, c.kill())
	}
	return c.answer(into)
}

func (c *child) pid() int { return c.command.Process.Pid }

// kill ends the child at once and returns what it said last.
func (c *child) kill() string {
	_ = c.command.Process.Kill() // one that has ended is what we want
	_ = c.out.Close()            // never fails
	<-c.ended
	return string(c.said.text)
}

// finish lets a child end in order.
func (c *child) finish() error {
	_ = c.command.Process.Signal(syscall.SIGTERM) // one that has ended says why below
	defer time.AfterFunc(stopTime, func() { _ = c.command.Process.Kill() }).Stop()
	<-c.ended
	if c.err != nil {
		return fmt.Errorf("end %s: %w", c.name, c.err)
	}
	return nil
}
