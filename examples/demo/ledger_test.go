package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

func event(id, kind, subject string) pipeline.Delivery {
	data := "{\n" + `  "id": "` + id + `"` + "\n}"
	return pipeline.Delivery{Kind: "event", ID: id, Type: kind, Subject: subject, Data: data}
}

func TestLedgerOfARunThatWentWell(t *testing.T) {
	l := newLedger()
	l.put("images/a", true)
	l.put("other/a", false)
	if err := l.putWithID(true, func() (string, error) { return "e1", nil }); err != nil {
		t.Fatal(err)
	}
	l.deliver(event("s1", objectType, "images/a"))
	l.deliver(event("e1", "aws.ec2", "i"))
	l.deliver(event("t1", scheduledType, "rule"))
	if isWhole(l) {
		t.Error("it is whole before all is put")
	}
	l.complete()
	again := event("e1", "aws.ec2", "i")
	again.Copy = 1
	l.deliver(again)
	if err := l.verdict(); !isWhole(l) || err != nil {
		t.Errorf("whole: %v, %v", isWhole(l), err)
	}
	want := "put 3: matching 2, delivered 2; not matching 1, delivered 0; of the schedule 1; duplicates 1"
	if got := l.summary(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if l.firstArrival().IsZero() {
		t.Error("the first has not arrived")
	}
}

func isWhole(l *ledger) bool {
	select {
	case <-l.whole:
		return true
	default:
		return false
	}
}

func TestLedgerFindsWhatIsWrong(t *testing.T) {
	refusal := pipeline.Delivery{Kind: "rejected", Status: 422, Reason: "why"}
	for _, c := range []struct {
		name string
		do   func(l *ledger)
		want string
	}{
		{"nothing arrives", func(*ledger) {}, "images/a did not arrive"},
		{"no schedule", func(*ledger) {}, "the schedule sent nothing"},
		{"an event that matches nothing", func(l *ledger) {
			l.deliver(event("x", objectType, "other/a"))
		}, "aws.s3 other/a arrived, but matches no pattern"},
		{"an event that nobody put", func(l *ledger) {
			l.deliver(event("x", "aws.ec2", "i"))
		}, "aws.ec2 x arrived, but nobody put it"},
		{"a refusal", func(l *ledger) { l.deliver(refusal) }, "refused a request: 422 why"},
		{"other data", func(l *ledger) {
			l.deliver(pipeline.Delivery{Kind: "event", ID: "x", Type: scheduledType, Data: "{}"})
		}, "does not hold the AWS event of that ID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLedger()
			l.put("images/a", true)
			l.put("other/a", false)
			c.do(l)
			if err := l.verdict(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("verdict %v", err)
			}
		})
	}
}

func TestLedgerKeepsNoEventThatWasNotPut(t *testing.T) {
	l := newLedger()
	refused := errors.New("refused")
	if err := l.putWithID(true, func() (string, error) { return "", refused }); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if l.complete(); !strings.HasPrefix(l.summary(), "put 0:") {
		t.Error(l.summary())
	}
}

func TestWhatIsPutIsWhatThePatternsSay(t *testing.T) {
	all := samples()
	matching := 0
	for _, s := range all {
		if s.matches {
			matching++
		}
	}
	for key, matches := range objects() {
		if matches != strings.HasPrefix(key, "images/") {
			t.Errorf("%s matches: %v", key, matches)
		}
	}
	last := all[len(all)-1]
	if matching < 2 || len(all)-matching < 2 || !last.matches || last.Detail == all[0].Detail {
		t.Errorf("%d of %d match; the last is %+v", matching, len(all), last)
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, 0, "-keep"},
		{[]string{"--minute", "1h"}, 1, "use 1s to 1m"},
		{[]string{"--nonsense"}, 2, "-nonsense"},
		{[]string{"nonsense"}, 2, `unexpected argument "nonsense"`},
	} {
		var out bytes.Buffer
		code := program().Execute(t.Context(), c.args, &out, nil)
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%v: %d %s", c.args, code, out.String())
		}
	}
	t.Setenv("DEMO_KEEP", "perhaps")
	var out bytes.Buffer
	if code := program().Execute(t.Context(), nil, &out, nil); code != 2 || !strings.Contains(out.String(), "DEMO_KEEP") {
		t.Errorf("%d %s", code, out.String())
	}
}
