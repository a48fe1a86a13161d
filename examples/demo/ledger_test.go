package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func event(id, kind, subject string) delivery {
	return delivery{Kind: "event", ID: id, Type: kind, Subject: subject, Data: `{` + "\n" + `  "id": "` + id + `"` + "\n}"}
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
	l.deliver(event("t1", scheduled, "rule"))
	if n := l.missing(); n != 1 {
		t.Errorf("%d missing before all is put", n)
	}
	l.complete()
	again := event("e1", "aws.ec2", "i")
	again.Copy = 1
	l.deliver(again)
	if n, err := l.missing(), l.verdict(); n != 0 || err != nil {
		t.Errorf("%d missing, %v", n, err)
	}
	want := "put 3: matching 2, delivered 2; not matching 1, delivered 0; of the schedule 1; duplicates 1"
	if got := l.sum(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if first := l.first(time.Now()); first > 0 {
		t.Errorf("the first came in %s", first)
	}
}

func TestLedgerFindsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(l *ledger)
		want string
	}{
		{"nothing arrives", func(*ledger) {}, "images/a did not arrive"},
		{"no schedule", func(*ledger) {}, "the schedule sent nothing"},
		{"an event that matches nothing", func(l *ledger) { l.deliver(event("x", objectType, "other/a")) }, "aws.s3 other/a arrived, but matches no pattern"},
		{"an event that nobody put", func(l *ledger) { l.deliver(event("x", "aws.ec2", "i")) }, "aws.ec2 x arrived, but nobody put it"},
		{"a refusal", func(l *ledger) { l.deliver(delivery{Kind: "rejected", Status: 422, Reason: "why"}) }, "refused a request: 422 why"},
		{"other data", func(l *ledger) {
			l.deliver(delivery{Kind: "event", ID: "x", Type: scheduled, Data: "{}"})
		}, "does not hold the AWS event of that id"},
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
	if l.complete(); !strings.HasPrefix(l.sum(), "put 0:") {
		t.Error(l.sum())
	}
}

func TestWhatIsPutIsWhatThePatternsSay(t *testing.T) {
	matching, others := 0, 0
	for _, s := range append(samples(), last()) {
		if s.matches {
			matching++
		} else {
			others++
		}
	}
	for _, o := range objects() {
		if o.matches != strings.HasPrefix(o.key, "images/") {
			t.Errorf("%s matches: %v", o.key, o.matches)
		}
	}
	if matching < 2 || others < 2 || !last().matches {
		t.Errorf("%d match, %d do not", matching, others)
	}
	if samples()[0].detail == last().detail {
		t.Error("the last event is like the first")
	}
}
