package chaos

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The ledger is what fails the test, so it is tested itself: a and b are two forwarders, 0 is an event.

const a, b = 1, 2

func (l *ledger) receive(number, event int) {
	l.assigned(number, []string{handle(event)}, []int{event}, true)
}

func (l *ledger) lose(number, event int) {
	l.assigned(number, []string{handle(event)}, []int{event}, false)
}

func handle(event int) string { return string(rune('a' + event)) }

func (l *ledger) deliver(number, event, status int) {
	if status < 300 {
		l.accept(number, event)
	}
	l.answer(number, []int{event}, status, time.Now(), true)
}

// remove has a delete 0.
func (l *ledger) remove() {
	r, _ := l.find(handle(0))
	l.deleting(a, []receipt{r})
	l.deleted(a, r, true)
}

// ledgerRules are what processes a and b do, and what the ledger finds wrong with that.
var ledgerRules = map[string]struct {
	do   func(l *ledger)
	want string // what is wrong
}{
	"delivered and deleted": {func(l *ledger) { l.receive(a, 0); l.deliver(a, 0, 200); l.remove() }, ""},
	"dead letter and deleted": {func(l *ledger) {
		l.receive(a, 0)
		l.deliver(a, 0, 422)
		l.deadLetter(a, 0, true, true)
		l.remove()
	}, ""},
	"deleted after a late answer": {func(l *ledger) {
		l.receive(a, 0)
		l.accept(a, 0)
		l.answer(a, []int{0}, 200, time.Now(), false)
		l.remove()
	}, ""},
	"deleted unsent": {func(l *ledger) { l.receive(a, 0); l.remove() }, "deletes it although"},
	"deleted after a refusal": {
		func(l *ledger) { l.receive(a, 0); l.deliver(a, 0, 422); l.remove() },
		"deletes it although",
	},
	"deleted after a cut answer": {
		func(l *ledger) { l.receive(a, 0); l.accept(a, 0); l.remove() },
		"deletes it although",
	},
	"deleted by a foreign handle": {func(l *ledger) { l.find("x") }, "never given"},

	"received twice":            {func(l *ledger) { l.receive(a, 0); l.receive(b, 0) }, "could have renewed it"},
	"received after a lost one": {func(l *ledger) { l.lose(a, 0); l.receive(b, 0) }, ""},
	"received after a kill":     {func(l *ledger) { l.receive(a, 0); l.signal(a, kill); l.receive(b, 0) }, ""},
	"received after a freeze": {
		func(l *ledger) { l.receive(a, 0); l.signal(a, freeze); l.thaw(a); l.receive(b, 0) },
		"",
	},
	"received long after a freeze": {func(l *ledger) {
		l.signal(a, freeze)
		l.thaw(a)
		l.receive(a, 0)
		l.receive(b, 0)
	}, "could have renewed it"},
	"received after it was given back": {func(l *ledger) { l.receive(a, 0); l.hiding(a, 0, 0); l.receive(b, 0) }, ""},
	"received after it was given back with an old handle": {func(l *ledger) {
		l.plan.stale = true
		l.receive(a, 0)
		l.receive(a, 0)
		l.wrong = nil
		l.hiding(a, 0, 0)
		l.hiding(a, 0, 0)
		l.receive(b, 0)
		l.hidden(a, 0, 0, true, true, false)
		l.hidden(a, 0, 0, true, true, false)
		l.receive(b, 0)
	}, ""},
	"received after a failed renewal": {func(l *ledger) {
		l.receive(a, 0)
		l.hidden(a, 0, 1, false, true, false)
		l.receive(b, 0)
	}, ""},
	"received after a lost renewal": {func(l *ledger) {
		l.receive(a, 0)
		l.hidden(a, 0, 1, true, false, false)
		l.receive(b, 0)
	}, ""},
	"received after a good renewal": {func(l *ledger) {
		l.receive(a, 0)
		l.hidden(a, 0, 1, false, true, false)
		l.hidden(a, 0, 1, true, true, false)
		l.receive(b, 0)
	}, "could have renewed it"},

	"sent twice": {
		func(l *ledger) { l.receive(a, 0); l.deliver(a, 0, 200); l.deliver(a, 0, 200) },
		"sends it again",
	},
	"sent after all was cut": {func(l *ledger) {
		l.receive(a, 0)
		l.deliver(a, 0, 200)
		l.cutOff()
		l.deliver(a, 0, 200)
	}, ""},
	"sent after a freeze": {func(l *ledger) {
		l.receive(a, 0)
		l.signal(a, freeze)
		l.thaw(a)
		l.deliver(a, 0, 200)
		l.deliver(a, 0, 200)
	}, ""},
	"sent after a 500": {func(l *ledger) { l.receive(a, 0); l.deliver(a, 0, 500); l.deliver(a, 0, 200) }, ""},
	"sent after a cut": {func(l *ledger) { l.receive(a, 0); l.accept(a, 0); l.deliver(a, 0, 200) }, ""},
	"sent for each receive": {func(l *ledger) {
		l.lose(a, 0)
		l.receive(a, 0)
		l.deliver(a, 0, 200)
		l.deliver(a, 0, 200)
	}, ""},
	"sent by another": {func(l *ledger) { l.receive(a, 0); l.deliver(b, 0, 200) }, "without having received"},
	"sent in order": {func(l *ledger) {
		l.receive(a, 0)
		l.deliver(a, 0, 200)
		l.receive(a, 2)
		l.deliver(a, 2, 200)
	}, ""},
	"sent out of order": {func(l *ledger) { l.receive(a, 2); l.deliver(a, 2, 200) }, "before 0 of the same group"},
}

func TestLedger(t *testing.T) {
	for name, c := range ledgerRules {
		t.Run(name, func(t *testing.T) {
			l := newLedger(&plan{seed: 5, events: 3, groups: 2, visibility: time.Minute, sinkTimeout: time.Hour})
			l.join()
			l.join()
			c.do(l)
			checkWrong(t, l, c.want)
		})
	}
}

// TestRenewalAtTheLastMoment comes to a holder that has met errors for so long that it has given the message up.
func TestRenewalAtTheLastMoment(t *testing.T) {
	l := newLedger(&plan{events: 1, visibility: time.Minute})
	l.join()
	l.join()
	l.receive(a, 0)
	l.hidden(a, 0, 1, false, true, false)
	l.events[0].hold.known = l.now()
	l.hidden(a, 0, 1, true, true, false)
	l.receive(b, 0)
	checkWrong(t, l, "")
}

// TestDeletedByAnOldHandle has a delete that the queue does after it has assigned the message to another, but that the
// ledger hears of before. It takes effect only if old handles still work.
func TestDeletedByAnOldHandle(t *testing.T) {
	for _, stale := range []bool{false, true} {
		l := newLedger(&plan{events: 1, visibility: time.Minute, sinkTimeout: time.Hour, stale: stale})
		l.join()
		l.join()
		l.receive(a, 0)
		l.deliver(a, 0, 200)
		l.signal(a, freeze)
		l.thaw(a)
		l.remove()
		l.receive(b, 0)
		if l.isSettled(1) != stale {
			t.Errorf("settled: %t, old handles work: %t", !stale, stale)
		}
		checkWrong(t, l, "")
	}
}

func checkWrong(t *testing.T, l *ledger, want string) {
	t.Helper()
	if want == "" && len(l.wrong) > 0 || want != "" && (len(l.wrong) != 1 || !strings.Contains(l.wrong[0].text, want)) {
		t.Errorf("want %q, found %+v", want, l.wrong)
	}
}

func TestJudge(t *testing.T) {
	done := event{gone: true, accepted: 1}
	for name, c := range map[string]struct {
		seed   uint64
		event  event
		copies int
		counts counts
		want   string
	}{
		"delivered":             {5, done, 0, counts{}, ""},
		"dead letter":           {5, event{gone: true, refused: 1}, 1, counts{}, ""},
		"dead letter, repeated": {5, event{gone: true, refused: 1, lostCopies: 1}, 2, counts{}, ""},
		"left":                  {5, event{accepted: 1}, 0, counts{}, "still on the queue"},
		"lost":                  {5, event{gone: true}, 0, counts{}, "LOST"},
		"dead by an outage":     {5, event{gone: true}, 1, counts{}, "never refused"},
		"dead twice":            {5, event{gone: true, refused: 1}, 2, counts{}, "2 dead letters for 1"},
		"refused and delivered": {
			refusedEvery,
			event{gone: true, refused: 1, accepted: 1},
			1,
			counts{},
			"the receiver refuses it",
		},
		"explained duplicates": {5, done, 0, counts{duplicates: 12, kills: 1, unsure: 2}, ""},
		"too many duplicates": {
			5, done, 0,
			counts{duplicates: 13, kills: 1, unsure: 2},
			"13 events came twice, at most 12",
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(&plan{seed: c.seed, events: 1, inFlight: 10, special: true})
			l.events[0], l.counts = c.event, c.counts
			l.judge(map[int]int{0: c.copies})
			checkWrong(t, l, c.want)
		})
	}
}

func TestLeftInvisible(t *testing.T) {
	l := newLedger(&plan{events: 3, visibility: time.Minute})
	l.join()
	l.receive(a, 0)
	l.receive(a, 1)
	l.hidden(a, 1, 0, true, true, false)
	l.signal(a, terminate)
	l.blameLeft(a)
	checkWrong(t, l, "left it invisible")
}

func TestPlansAreRepeatable(t *testing.T) {
	if one, again := plans(7, 1000, false), plans(7, 1000, false); !reflect.DeepEqual(one, again) {
		t.Errorf("first %+v\nthen %+v", one, again)
	}
	if reflect.DeepEqual(plans(7, 1000, false), plans(8, 1000, false)) {
		t.Error("two seeds have one plan")
	}
	for seed := range uint64(50) {
		for _, p := range plans(seed, 1000, seed%2 == 0) {
			sent := 0
			for _, s := range p.bursts {
				if s.after > sent {
					t.Errorf("seed %d, %s: %d events are waited for, %d are sent", seed, p.name, s.after, sent)
				}
				sent += s.count
			}
			if sent != p.events {
				t.Errorf("seed %d, %s: %d of %d events are sent", seed, p.name, sent, p.events)
			}
		}
	}
}

func TestEventsAreToldApart(t *testing.T) {
	for _, i := range []int{0, 1, 2, 3, 4, 5, 6, 1007, 99_999} {
		text := body(i)
		if found := numbers(text + text); !reflect.DeepEqual(found, []int{i, i}) || !json.Valid([]byte(text)) {
			t.Errorf("event %d is found as %v in %.300s", i, found, text)
		}
	}
}
