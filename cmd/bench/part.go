package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// part is a process of a run, which takes orders on its standard input and answers on its standard output, in JSON. It
// ends with the run's context, and with this process.
type part struct {
	*child.Process
	out     *io.PipeReader
	answers *json.Decoder
}

// start runs this program again in another role; its configuration goes along as an argument.
func start(ctx context.Context, role string, configuration any, environment ...string) (*part, error) {
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

func startProgram(ctx context.Context, name string, env []string, program string, args ...string) (*part, error) {
	out, stdout := io.Pipe()
	o := child.Options{Name: name, Env: env, Stdin: true, Stdout: stdout}
	process, err := child.Start(o, program, args...)
	if err != nil {
		return nil, err
	}
	p := &part{process, out, json.NewDecoder(out)}
	go func() {
		<-p.Ended
		_ = stdout.Close() // never fails
	}()
	context.AfterFunc(ctx, p.kill)
	return p, nil
}

// kill ends the process at once, even if nobody reads its answers.
func (p *part) kill() {
	_ = p.out.Close() // never fails
	p.Kill()
}

// answer reads the process's next line.
func (p *part) answer(into any) error {
	if err := p.answers.Decode(into); err != nil {
		p.kill()
		return fmt.Errorf("read from %s: %w\n%s", p.Name, err, p.LastLines(20))
	}
	return nil
}

func (p *part) ask(order, into any) error {
	if err := json.NewEncoder(p.Stdin).Encode(order); err != nil {
		return fmt.Errorf("write to %s: %w\n%s", p.Name, err, p.LastLines(20))
	}
	return p.answer(into)
}
