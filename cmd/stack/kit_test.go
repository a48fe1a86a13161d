package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// asCommand is a variable that makes the test binary run the command, for tests that kill it, or a forwarder.
const asCommand = "STACK_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	switch os.Getenv(asCommand) {
	case "stack":
		main()
	case "forwarder":
		if err := runForwarder(); err != nil {
			panic(err)
		}
		os.Exit(exitDone)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil { // the tests mostly wait, even on two processors
		panic(err)
	}
	os.Exit(m.Run())
}

// runForwarder runs a forwarder with the settings in the environment until SIGTERM.
func runForwarder() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var s relay.Settings
	if err := settings.Load(&s, nil); err != nil {
		return err
	}
	return relay.Run(ctx, &s, relay.NewLog(&s, os.Stderr))
}

// ground is a local AWS and a user's state directory, for one test. The command runs as a separate process, so that
// tests can run at the same time, each with its own environment.
type ground struct {
	t        *testing.T
	env      []string
	endpoint string // of the local AWS
	home     string // the user's state directory
	calls    string // the file in which the local AWS records requests
}

// in returns the same ground for a subtest.
func (g ground) in(t *testing.T) *ground {
	g.t = t
	return &g
}

func newGround(t *testing.T) *ground {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not on the PATH")
	}
	g := &ground{t: t, home: t.TempDir(), calls: filepath.Join(t.TempDir(), "calls")}
	url := localaws.Test(t, "--calls", g.calls)
	g.endpoint = url
	g.env = append(localaws.Env(url), "XDG_STATE_HOME="+g.home, "AWS_REGION=us-west-2", "STACK_AUTO_APPROVE=true",
		"GOGC=400") // see terraform/test.sh
	return g
}

// as returns the same ground for a user with another access key.
func (g ground) as(key string) *ground {
	g.env = append(slices.Clone(g.env), "AWS_ACCESS_KEY_ID="+key)
	return &g
}

// elsewhere returns the same AWS for a user with another state directory.
func (g ground) elsewhere() *ground {
	g.home = g.t.TempDir()
	g.env = append(slices.Clone(g.env), "XDG_STATE_HOME="+g.home)
	return &g
}

// environ returns the environment of the command.
func (g *ground) environ() []string {
	return slices.Concat(os.Environ(), []string{asCommand + "=stack"}, g.env)
}

// process is the command in a separate process.
type process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	text bytes.Buffer
	seen chan string // every line, when it is printed
	done chan struct{}
}

func (g *ground) start(args ...string) *process {
	g.t.Helper()
	return g.startWith(nil, args...)
}

// startWith starts the command with this standard input.
func (g *ground) startWith(stdin *os.File, args ...string) *process {
	g.t.Helper()
	p := &process{
		cmd:  exec.CommandContext(context.WithoutCancel(g.t.Context()), os.Args[0], args...),
		seen: make(chan string, 1000),
		done: make(chan struct{}),
	}
	p.cmd.Env = g.environ()
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

// until waits for a line that contains text, and reports whether it was printed before the process ended.
func (p *process) until(text string) bool {
	for line := range p.seen {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// end sends a signal, waits until the process ends, and returns all its output and the exit code.
func (p *process) end(signal syscall.Signal) (string, int) {
	if signal != 0 {
		_ = p.cmd.Process.Signal(signal)
	}
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.cmd.ProcessState.ExitCode()
}

// run runs the command to its end.
func (g *ground) run(args ...string) (stdout, stderr string, code int) {
	g.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(g.t.Context(), os.Args[0], args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = g.environ(), &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		g.t.Fatal(err)
	}
	code = cmd.ProcessState.ExitCode()
	g.t.Logf("stack %s: %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	return out.String(), errs.String(), code
}

// must runs the command, and fails the test unless it succeeds.
func (g *ground) must(args ...string) string {
	g.t.Helper()
	out, errs, code := g.run(args...)
	if code != exitDone {
		g.t.Fatalf("stack %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// try runs the command on a machine without Terraform: wrong input is refused before Terraform is looked for.
func try(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	t.Setenv("PATH", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	var out, errs bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	code = p.run(t.Context(), args)
	return out.String(), errs.String(), code
}

// hasAll checks that a text contains all words, which are separated by |.
func hasAll(t *testing.T, text, words string) {
	t.Helper()
	for word := range strings.SplitSeq(words, "|") {
		if !strings.Contains(text, word) {
			t.Errorf("%q is missing in\n%s", word, text)
		}
	}
}
