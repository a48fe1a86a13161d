package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// process is a part of a run, which takes orders on its standard input and answers on its standard output, in JSON. It
// ends with the run's context, and with this process.
type process struct {
	*child.Process
	out     *io.PipeReader
	answers *json.Decoder
}

// start runs this program again in another role.
func start(ctx context.Context, role string, configuration any, environment ...string) (*process, error) {
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

func startProgram(ctx context.Context, name string, env []string, program string, args ...string) (*process, error) {
	out, stdout := io.Pipe()
	c, err := child.Start(child.Options{Name: name, Env: env, Stdin: true, Stdout: stdout}, program, args...)
	if err != nil {
		return nil, err
	}
	p := &process{c, out, json.NewDecoder(out)}
	go func() {
		<-p.Ended
		_ = stdout.Close() // never fails
	}()
	context.AfterFunc(ctx, p.kill)
	return p, nil
}

// kill ends the process at once, even if nobody reads its answers.
func (p *process) kill() {
	_ = p.out.Close() // never fails
	p.Kill()
}

func (p *process) ask(order, answer any) error {
	if err := json.NewEncoder(p.Stdin).Encode(order); err != nil {
		return fmt.Errorf("write to %s: %w\n%s", p.Name, err, p.LastLines(20))
	}
	return p.answer(answer)
}

// answer reads the process's next line.
func (p *process) answer(into any) error {
	if err := p.answers.Decode(into); err != nil {
		p.kill()
		return fmt.Errorf("read from %s: %w\n%s", p.Name, err, p.LastLines(20))
	}
	return nil
}
