package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// The roles that this program starts itself in.
const (
	roleQueue     = "as-queue"
	roleReceiver  = "as-receiver"
	roleFloor     = "as-floor"
	roleForwarder = "as-forwarder"
)

// roles are the processes of a run, by the first argument. The second is their task in JSON.
var roles = map[string]func(context.Context, *task) error{
	roleQueue:     runQueue,
	roleReceiver:  runReceiver,
	roleFloor:     runFloor,
	roleForwarder: runForwarder,
}

// task is what the roles have to know of a run.
type task struct {
	Mode                  mode
	QueueURL, ReceiverURL string
	Profile               string // what the names of the forwarder's profiles begin with; none if empty
}

func runRole(ctx context.Context, role, text string) error {
	var t task
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return fmt.Errorf("read the task: %w", err)
	}
	return roles[role](ctx, &t)
}

// process is a part of a run, which takes orders on its standard input and answers on its standard output, in JSON. It
// ends with the run's context, and with this process.
type process struct {
	*child.Process
	answers *json.Decoder
}

// start runs this program again in another role.
func start(ctx context.Context, role string, t *task, environment ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write the task of %s: %w", role, err)
	}
	return startProgram(ctx, role, environment, self, role, string(text))
}

func startProgram(ctx context.Context, name string, env []string, program string, args ...string) (*process, error) {
	out, stdout, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c, err := child.Start(child.Options{Name: name, Env: env, Stdin: true, Stdout: stdout}, program, args...)
	_ = stdout.Close() // the child has its own
	if err != nil {
		_ = out.Close() // nothing comes
		return nil, err
	}
	context.AfterFunc(ctx, func() {
		c.Kill()
		_ = out.Close() // whose reader has failed by now
	})
	return &process{c, json.NewDecoder(out)}, nil
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
		p.Kill()
		return fmt.Errorf("read from %s: %w\n%s", p.Name, err, p.LastLines(20))
	}
	return nil
}

// serve listens on a free loopback port. The certificate is the one that net/http/httptest has for tests.
func serve(p protocol, handler http.Handler, changed func(net.Conn, http.ConnState)) *httptest.Server {
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2, s.Config.ConnState = p == tls2, changed
	if p == plain {
		s.Start()
	} else {
		s.StartTLS()
	}
	return s
}
