package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

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
type ground struct{ t *testing.T }

// in is the same ground for a subtest.
func (ground) in(t *testing.T) *ground { return &ground{t: t} }

func newGround(t *testing.T) *ground {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not on the PATH")
	}
	aws := localaws.Test(t, localaws.Options{})
	for _, entry := range append(aws.Env(), "XDG_STATE_HOME="+t.TempDir(), "AWS_REGION=us-west-2") {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	return &ground{t: t}
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
	p := &process{cmd: exec.CommandContext(context.WithoutCancel(g.t.Context()), os.Args[0], args...), seen: make(chan string, 1000), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), asCommand+"=yes")
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
	c := &command{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, kill: func() {}}
	code = c.run(g.t.Context(), args)
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

// left are the names of everything that AWS has.
func (g *ground) left() []string {
	g.t.Helper()
	ctx := context.WithoutCancel(g.t.Context())
	cfg, err := config.LoadDefaultConfig(ctx)
	check(g.t, err)
	var names []string
	queues, err := sqs.NewFromConfig(cfg).ListQueues(ctx, &sqs.ListQueuesInput{})
	check(g.t, err)
	names = append(names, queues.QueueUrls...)
	rules, err := eventbridge.NewFromConfig(cfg).ListRules(ctx, &eventbridge.ListRulesInput{})
	check(g.t, err)
	for _, r := range rules.Rules {
		names = append(names, *r.Arn)
	}
	buckets, err := s3.NewFromConfig(cfg).ListBuckets(ctx, &s3.ListBucketsInput{})
	check(g.t, err)
	for _, b := range buckets.Buckets {
		names = append(names, "s3://"+*b.Name)
	}
	trails, err := cloudtrail.NewFromConfig(cfg).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	check(g.t, err)
	for _, t := range trails.TrailList {
		names = append(names, *t.TrailARN)
	}
	return slices.Sorted(slices.Values(names))
}

// born are the times at which the queues were created: one that was made anew has another.
func (g *ground) born() map[string]string {
	g.t.Helper()
	ctx := g.t.Context()
	cfg, err := config.LoadDefaultConfig(ctx)
	check(g.t, err)
	client, born := sqs.NewFromConfig(cfg), map[string]string{}
	queues, err := client.ListQueues(ctx, &sqs.ListQueuesInput{})
	check(g.t, err)
	for _, url := range queues.QueueUrls {
		got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"CreatedTimestamp"}})
		check(g.t, err)
		born[url] = fmt.Sprint(got.Attributes["CreatedTimestamp"])
	}
	return born
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
