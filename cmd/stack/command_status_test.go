package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func TestStatus(t *testing.T) {
	oldest := 90
	s := stack.Status{
		Stack: "mine", Region: "r", Account: "1", Unfinished: "up",
		Resources:   []stack.Resource{{Kind: "queue", Name: "mine"}, {Kind: "rule", Name: "mine-ec2"}},
		Drift:       []stack.Line{{Mark: "~", Kind: "queue", Name: "mine", Detail: "policy"}},
		Queue:       &stack.Queue{Queue: "mine", Visible: 3, InFlight: 2, Delayed: 1, OldestSeconds: &oldest},
		DeadLetters: []stack.Queue{{Queue: "mine-dead-letters", Visible: 1, InFlight: 1}},
	}
	out := render("status.txt", diagnosedOf(s, nil))
	want := `Stack mine in r, account 1
The last "up" did not finish: run it again.
  queue  mine
  rule   mine-ec2
Drift, which 'stack up' would correct:
  ~  queue  mine  policy
Queue mine: 3 waiting, 2 in flight, 1 delayed; oldest 1m30s
Dead letters in mine-dead-letters: 2
`
	if !strings.HasPrefix(out, want) {
		t.Errorf("got\n%s", out)
	}
	out = render("status.txt", diagnosedOf(stack.Status{Stack: "mine", Queue: &stack.Queue{}}, nil))
	if got := out; !strings.Contains(got, "no resources") || !strings.Contains(got, "Drift: none") ||
		!strings.Contains(got, "oldest unknown") {
		t.Error(got)
	}
}

// TestStatusSaysWhatItSaw shows stacks without faults: the status cannot say whether a function ran.
func TestStatusSaysWhatItSaw(t *testing.T) {
	s := well()
	for name, c := range map[string]struct {
		activity *stack.Activity
		from     *readiness
		want     []string
	}{
		"nothing": {
			nil,
			nil,
			[]string{"CloudWatch has no data", "Delivered: unknown; use --from=http://HOST:9090"},
		},
		"activity": {
			&stack.Activity{Sent: aws.Int(1), Received: aws.Int(2), Deleted: aws.Int(3)},
			nil,
			[]string{"1 event sent to the queue, 2 received, 3 deleted"},
		},
		"forwarder": {
			nil,
			&readiness{Queue: "ok", Receiver: "ok", Delivered: "7, the last at 2026-11-22T05:30:00Z"},
			[]string{"Delivered since the forwarder started: 7, the last at 2026-11-22T05:30:00Z"},
		},
		"older forwarder": {nil, &readiness{Queue: "ok", Receiver: "ok"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.Activity, s.Forwarder = c.activity, c.from
			s.diagnose()
			out := render("status.txt", s)
			always := []string{
				"no fault was found in the rules and queues",
				"dispatch get runs",
				"dispatch log event-manager",
			}
			for _, want := range slices.Concat(c.want, always) {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in\n%s", want, out)
				}
			}
			if strings.Count(out, "no fault") != strings.Count(out, "no fault was found in the rules and queues") {
				t.Errorf("more is not known than that about rules and queues:\n%s", out)
			}
		})
	}
}

func TestReadinessIsAsked(t *testing.T) {
	says := "queue: ok\nreceiver: 503: away\ndelivered: 7, the last at 2026-11-22T05:30:00Z\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(says))
	}))
	defer server.Close()
	want := readiness{
		URL:       server.URL,
		Queue:     "ok",
		Receiver:  "503: away",
		Delivered: "7, the last at 2026-11-22T05:30:00Z",
	}
	if got := askReadiness(t.Context(), server.URL+"/"); *got != want {
		t.Errorf("%+v", got)
	}
	says = "queue: the signature does not match\n\nThe canonical string is\nreceiver: ok\ndelivered: no event\n"
	want = readiness{URL: server.URL, Queue: "the signature does not match", Receiver: "ok", Delivered: "no event"}
	if got := askReadiness(t.Context(), server.URL); *got != want { // an error of SQS can have several lines
		t.Errorf("%+v", got)
	}
	says = "<html>"
	if r := askReadiness(t.Context(), server.URL); !strings.Contains(r.Unreachable, "but is not a forwarder") {
		t.Errorf("%+v", r)
	}
	server.Close()
	if r := askReadiness(t.Context(), server.URL); !strings.Contains(r.Unreachable, "connection refused") {
		t.Errorf("%+v", r)
	}
}

// TestPasswordInFrom checks that a password in FROM is sent, and not shown.
func TestPasswordInFrom(t *testing.T) {
	status, password := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ = r.BasicAuth()
		w.WriteHeader(status)
		_, _ = w.Write([]byte("no JSON\n"))
	}))
	from := strings.Replace(server.URL, "://", "://me:secret@", 1)
	asks := func() (said string) {
		said = fmt.Sprintf("%+v", *askReadiness(t.Context(), from))
		_, err := streamed(from+"/events")(t.Context(), func(...relay.Line) {})
		return said + err.Error()
	}
	for _, status = range []int{http.StatusOK, http.StatusNotFound, http.StatusForbidden, http.StatusBadGateway} {
		if said := asks(); password != "secret" || strings.Contains(said, "secret") || strings.Contains(said, "me:") {
			t.Errorf("%d: password %q, %s", status, password, said)
		}
	}
	server.Close()
	if said := asks(); strings.Contains(said, "secret") || strings.Contains(said, "me:") {
		t.Error(said)
	}
}

func TestStatusRefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"localhost:9090", "ftp://x", "http://"} {
		if _, said, code := try(t, "status", "--from="+address); code != exitUsage || !strings.Contains(said, "FROM: ") {
			t.Errorf("%s: %d %s", address, code, said)
		}
	}
}

func TestStatusForPrograms(t *testing.T) {
	s := well()
	s.Queue.Visible = 1
	s.diagnose()
	text, err := json.Marshal(s)
	check(t, err)
	for _, want := range []string{
		`"stack":"mine"`,
		`"diagnosis":[{"what":"in the queue: 1 event waiting`,
		`"eventTypes":["aws.ec2","my-shop"]`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
}

func TestCausesOfDeadLetters(t *testing.T) {
	p := newPost(t)
	p.letter(p.undelivered, 1, "ERROR_CODE", "NO_PERMISSIONS", "ERROR_MESSAGE", "denied")
	p.letter(p.dead, 2, "status", "422", "reason", "422 no", "message-id", "m-2")
	p.letter(p.dead, 3)
	p.letter(p.dead, 4, "status", "422", "reason", "422 no", "message-id", "m-4")
	for _, c := range []struct {
		url  string
		want []cause
	}{
		{p.undelivered.URL, []cause{{Count: 1, By: byEventBridge, Reason: "NO_PERMISSIONS: denied"}}},
		{p.dead.URL, []cause{
			{Count: 2, By: byReceiver, Status: 422, Reason: "422 no", EventType: "aws.ec2"}, {Count: 1, By: byRedrive},
		}},
	} {
		if got, err := causesIn(t.Context(), p.config, c.url); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v, %v, want %+v", got, err, c.want)
		}
	}
	if got := len(p.dead.Messages()) + len(p.undelivered.Messages()); got != 4 {
		t.Errorf("%d messages are left", got)
	}
	_, err := causesIn(t.Context(), p.config, p.main.URL+"-gone")
	if err == nil || !strings.Contains(err.Error(), "no such queue") {
		t.Error(err)
	}
}
