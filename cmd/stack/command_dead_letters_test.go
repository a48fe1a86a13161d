package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// post are the queues of a stack in memory, where a second of SQS is short.
type post struct {
	t                       *testing.T
	server                  *queuetest.Server
	main, dead, undelivered *queuetest.Queue
	config                  aws.Config
}

func newPost(t *testing.T) *post {
	s := queuetest.Start(t)
	s.Second = 10 * time.Millisecond
	p := &post{
		t:           t,
		server:      s,
		dead:        s.Create("post-dead-letters", queuetest.Queue{}),
		undelivered: s.Create("post-undelivered", queuetest.Queue{}),
	}
	p.main = s.Create("post", queuetest.Queue{DeadLetter: p.dead, MaxReceiveCount: 10})
	p.config = aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: &s.URL,
		Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
	return p
}

// letter puts an event into a queue, with attributes.
func (p *post) letter(q *queuetest.Queue, i int, attributes ...string) {
	m := queuetest.Message{Attributes: map[string]queuetest.Attribute{}, Body: fmt.Sprintf(
		`{"id":"e-%d","detail-type":"T","source":"aws.ec2","time":"2026-11-22T05:30:00Z",`+
			`"region":"us-west-2","resources":[],"detail":{"text":"\u001b[2J`+"\u009b"+`"}}`, i)}
	for i := 0; i < len(attributes); i += 2 {
		m.Attributes[attributes[i]] = queuetest.Attribute{DataType: "String", StringValue: attributes[i+1]}
	}
	q.Put(m)
}

// deal runs dead-letters as a person would, except that it does not look for the stack.
func (p *post) deal(c *program, args ...string) (string, error) {
	p.t.Helper()
	d := &deadLetters{program: c}
	d.onlyName = true
	set := settings.New(prefix, &d.Config)
	check(p.t, set.Flags.Parse(append(args, "--name=post")))
	check(p.t, set.Read())
	check(p.t, d.take(set.Flags.Args()))
	var out strings.Builder
	c.stdout, c.stderr = &out, &out
	ctx, stop := c.interruptible(p.t.Context(), "ending")
	defer stop()
	var err error
	d.queues, err = deadletter.Open(ctx, p.config, p.main.URL, p.dead.URL, p.undelivered.URL)
	check(p.t, err)
	err = d.run(ctx)
	p.t.Logf("%s: %v\n%s", strings.Join(args, " "), err, out.String())
	return out.String(), err
}

// deadLetterActs are commands that run one after the other, and what each prints.
var deadLetterActs = []struct{ args, says string }{
	{"purge --reason=absent", "0 dead letters deleted; about 4 left."},
	{"purge --status=422 e-2", "1 dead letter deleted; about 3 left."},
	{"redrive --json e-0", `{"again":0,"done":1,"hidden":0,"left":2,"other":2,"type":"result"}`},
	{"redrive", "2 dead letters went back through post; about 0 left."},
	{"purge", "0 dead letters deleted; about 0 left."},
}

func TestDeadLetters(t *testing.T) {
	t.Setenv("STACK_AUTO_APPROVE", "true")
	p := newPost(t)
	for i := range 3 {
		p.letter(p.dead, i,
			"status", "422",
			"reason", fmt.Sprintf("422 Unprocessable Entity: no field %d", i),
			"message-id", fmt.Sprint("m-", i),
		)
	}
	p.letter(p.undelivered, 3, "ERROR_CODE", "NO_PERMISSIONS", "ERROR_MESSAGE", "the queue's policy\u009b[2J")
	list, err := p.deal(&program{})
	check(t, err)
	for _, want := range []string{
		"e-1 ", "aws.ec2 ", "422 Unprocessable Entity: no field 1\n", "NO_PERMISSIONS: the queue's policy·[2J\n",
		"4 dead letters listed.\n" +
			"       3  post-dead-letters: 422 Unprocessable Entity\n" +
			"       1  post-undelivered: NO_PERMISSIONS\n",
	} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in the list", want)
		}
	}
	out, err := p.deal(&program{}, "list", "--json", "--status=422")
	first, _, _ := strings.Cut(out, "\n")
	if err != nil || strings.Count(out, "\n") != 3 || !json.Valid([]byte(first)) {
		t.Errorf("as JSON: %s", out)
	}
	out, _ = p.deal(&program{}, "show", "e-3")
	if !strings.Contains(out, `"source": "aws.ec2"`) ||
		!strings.Contains(out, "ERROR_CODE") ||
		strings.ContainsAny(out, "\x1b\u009b") {
		t.Errorf("show: %q", out)
	}
	if out, _ := p.deal(&program{}, "show", "e-2", "--json"); !strings.Contains(out, `"event":{"id":"e-2"`) {
		t.Errorf("show as JSON: %q", out)
	}
	_, err = p.deal(&program{}, "show", "e-9")
	if err == nil || !strings.Contains(err.Error(), "not found among the selected dead letters: e-9") {
		t.Errorf("show of none: %v", err)
	}
	if visible, held := p.dead.Depth(); visible != 3 || held != 0 {
		t.Errorf("after the looks %d show, %d are held", visible, held)
	}
	for _, act := range deadLetterActs {
		if out, err := p.deal(&program{}, strings.Fields(act.args)...); err != nil || out != act.says+"\n" {
			t.Errorf("%s: %s", act.args, out)
		}
	}
	if n := len(p.main.Messages()); n != 3 {
		t.Errorf("%d went back", n)
	}
	p.letter(p.dead, 5)
	for _, action := range []string{"redrive", "purge", "purge --status=422"} {
		_, err := p.deal(&program{}, append(strings.Fields(action), "--auto-approve=false")...)
		if !errors.Is(err, errUnattended) || len(p.dead.Messages()) != 1 || len(p.main.Messages()) != 3 {
			t.Errorf("%s where nobody can answer: %v", action, err)
		}
	}
}

// TestIDThatIsNotThere checks that the commands handle the other dead letters, and then name the missing ids.
func TestIDThatIsNotThere(t *testing.T) {
	t.Setenv("STACK_AUTO_APPROVE", "true")
	p := newPost(t)
	for _, action := range []string{"redrive", "purge", "list"} {
		p.letter(p.dead, 1, "status", "422", "reason", "422")
		p.letter(p.dead, 2, "status", "400", "reason", "400")
		out, err := p.deal(&program{}, action, "e-1", "e-2", "e-8", "--status=422")
		if err == nil || !strings.Contains(err.Error(), "not found among the selected dead letters: e-2, e-8; ") ||
			!strings.Contains(out, "1 dead letter ") {
			t.Errorf("%s: %s, %v", action, out, err)
		}
	}
}

// TestListWithoutRelease has SQS fail when the messages of a list are released: the list is complete nevertheless.
func TestListWithoutRelease(t *testing.T) {
	p := newPost(t)
	p.letter(p.dead, 0, "status", "422", "reason", "422 no field")
	p.server.SetFaults(func(op string, _ int) *queuetest.Error {
		if op == "ChangeMessageVisibilityBatch" {
			return &queuetest.Error{Status: http.StatusBadRequest, Code: "AccessDenied", Message: "not permitted"}
		}
		return nil
	})
	out, err := p.deal(&program{})
	if err == nil || !strings.HasSuffix(out, "1 dead letter listed.\n       1  post-dead-letters: 422 no field\n") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestDeadLettersUsage(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	g := &ground{t: t}
	for args, want := range map[string]string{
		"burn":               `ACTION is "burn": use one of list, show, redrive, purge`,
		"show":               "show needs one ID",
		"redrive --rate=0":   "RATE",
		"list --status=1000": "STATUS",
		"list --nope":        "unknown argument --nope",
	} {
		_, errs, code := g.run(append([]string{"dead-letters"}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: %d, %s", args, code, errs)
		}
	}
	_, errs, code := g.run("dead-letters", "--name=none")
	if code != exitFailed || !strings.Contains(errs, "this machine has no record of such a stack") {
		t.Errorf("%d, %s", code, errs)
	}
}

func TestTheQuestionBeforeLettersGo(t *testing.T) {
	p := newPost(t)
	p.letter(p.dead, 0)
	for _, typed := range []string{"n\n", "", "perhaps\n"} {
		for _, action := range []string{"redrive", "purge"} {
			c := &program{stdin: strings.NewReader(typed), asks: true}
			out, err := p.deal(c, action, "--reason=state")
			if err != nil ||
				!strings.Contains(out, `the dead letters of stack post (about 1 in all) with "state" in the reason`) ||
				!strings.Contains(out, "Nothing was done.") {
				t.Errorf("%s: %s, %v", action, out, err)
			}
		}
	}
	c := &program{stdin: strings.NewReader("y\n"), asks: true}
	out, err := p.deal(c, "redrive", "--rate=7")
	question := "the dead letters of stack post (about 1) back through the queue post, at most 7 a second? [y/N]"
	if err != nil || !strings.Contains(out, question) {
		t.Errorf("%s, %v", out, err)
	}
}

func TestAges(t *testing.T) {
	for want, age := range map[string]time.Duration{
		"0s": -time.Second, "59s": 59 * time.Second, "1m59s": 119 * time.Second,
		"6h1m0s": 6*time.Hour + time.Minute, "82h0m0s": 82 * time.Hour,
	} {
		line := messageLine(&deadletter.Message{Time: time.Now().Add(-age - 100*time.Millisecond)})
		if !strings.Contains(line, "  "+want+"  ") {
			t.Errorf("%s: %s", want, line)
		}
	}
}

// TestInterruptedRedrive interrupts a redrive: it reports how many dead letters it sent back, and the rest stays where
// it was.
func TestInterruptedRedrive(t *testing.T) {
	t.Setenv("STACK_AUTO_APPROVE", "true")
	p := newPost(t)
	const n = 30
	for i := range n {
		p.letter(p.dead, i)
	}
	signals := make(chan os.Signal, 1)
	c := &program{signals: signals, kill: func() { t.Error("killed") }}
	go func() {
		_ = p.main.Wait(t.Context(), func(visible, _ int) bool { return visible >= 3 })
		signals <- os.Interrupt
	}()
	out, err := p.deal(c, "redrive", "--rate=20")
	if !errors.Is(err, context.Canceled) ||
		interruption(err).Error() != "interrupted; the received messages are released" ||
		!strings.Contains(out, "went back through post; about ") {
		t.Errorf("%s, %v", out, err)
	}
	visible, held := p.dead.Depth()
	if sent := len(p.main.Messages()); sent == 0 || visible == 0 || held > 0 || sent+visible != n {
		t.Errorf("%d sent, %d show, %d held", sent, visible, held)
	}
}
