package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
)

// asCommand has the test binary be the command itself, for tests that kill it.
const asCommand = "STACK_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// ground is a local AWS and a user's state directory, for one test.
type ground struct {
	t     *testing.T
	calls string // the file in which AWS notes what it is asked
}

// in is the same ground for a subtest.
func (g ground) in(t *testing.T) *ground {
	g.t = t
	return &g
}

func newGround(t *testing.T) *ground {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not on the PATH")
	}
	g := &ground{t: t, calls: filepath.Join(t.TempDir(), "calls")}
	aws := localaws.Test(t, localaws.Options{Calls: g.calls})
	for _, entry := range append(aws.Env(), "XDG_STATE_HOME="+t.TempDir(), "AWS_REGION=us-west-2", "STACK_AUTO_APPROVE=true") {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	return g
}

// process is the command as a process of its own.
type process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	text bytes.Buffer
	seen chan string // every line, as it comes
	done chan struct{}
}

func (g *ground) start(args ...string) *process {
	g.t.Helper()
	return g.startWith(nil, args...)
}

// startWith gives the process a standard input.
func (g *ground) startWith(stdin *os.File, args ...string) *process {
	g.t.Helper()
	p := &process{cmd: exec.CommandContext(context.WithoutCancel(g.t.Context()), os.Args[0], args...), seen: make(chan string, 1000), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), asCommand+"=yes")
	if stdin != nil {
		p.cmd.Stdin = stdin
	}
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		_ = w.Close()
	}()
	go p.follow(r)
	g.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

func (p *process) follow(r io.Reader) {
	defer close(p.done)
	defer close(p.seen)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		p.mu.Lock()
		p.text.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		p.seen <- lines.Text()
	}
}

// until waits for a line that holds text, and reports whether it came before the end.
func (p *process) until(text string) bool {
	for line := range p.seen {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// end sends a signal, waits, and returns all that was said and the exit code.
func (p *process) end(signal syscall.Signal) (string, int) {
	if signal != 0 {
		_ = p.cmd.Process.Signal(signal)
	}
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.cmd.ProcessState.ExitCode()
}

// run runs the command in process.
func (g *ground) run(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, kill: func() {}}
	code = p.run(g.t.Context(), args)
	g.t.Logf("stack %s: %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	return out.String(), errs.String(), code
}

// must runs the command and fails unless it is done.
func (g *ground) must(args ...string) string {
	g.t.Helper()
	out, errs, code := g.run(args...)
	if code != exitDone {
		g.t.Fatalf("stack %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}
