package chaos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// judge checks what is left when the forwarders have ended.
func (w *world) judge() {
	for _, p := range w.started {
		if p.IsGroupRunning() {
			w.ledger.wronged(-1, "%s is left running", nameOf(p.number))
		}
	}
	if visible, inFlight := w.jobs.Depth(); visible+inFlight > 0 {
		w.ledger.wronged(-1, "left on the queue: %d visible, %d invisible", visible, inFlight)
	}
	w.ledger.judge(w.deadLetters())
}

// judge compares what happened to each event with how many copies of it are in the dead-letter queue.
func (l *ledger) judge(copies map[int]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.events {
		e := &l.events[i]
		switch {
		case !e.gone:
			l.blame(i, "it is still on the queue, or was never received")
		case e.accepted == 0 && copies[i] == 0:
			l.blame(i, "it is LOST: neither delivered nor a dead letter")
		case copies[i] > 0 && e.refused == 0:
			l.blame(i, "it is a dead letter although the receiver never refused it")
		case copies[i] > e.refused+e.lostCopies:
			l.blame(i, "it is %d dead letters for %d refusals", copies[i], e.refused)
		case l.plan.refused(i) && (copies[i] == 0 || e.accepted > 0):
			l.blame(i, "the receiver refuses it, and it is %d dead letters", copies[i])
		}
	}
	if most := l.counts.mayRepeat(l.plan); l.counts.duplicates > most {
		l.blame(-1, "%d events came twice, at most %d are explained: %+v", l.counts.duplicates, most, l.counts)
	}
}

// mayRepeat returns how many deliveries may be repeated at most. An event is delivered once more when
//   - its answer was lost, cut, late, or was about another event in the same array: each such delivery is counted
//     (unsure);
//   - or the message was received once more after it was delivered. It was in flight at its forwarder, at most
//     MAX_IN_FLIGHT of them, when that was killed or frozen; or it could neither be deleted nor renewed, for which a
//     call or an entry must have failed.
//
// Answers to receives that are lost explain none: nobody delivered what nobody got.
func (c *counts) mayRepeat(p *plan) int {
	return c.unsure + p.inFlight*(c.kills+c.freezes) + c.failedDeletes + c.failedRenewals
}

// deadLetters counts the copies of each event in the dead-letter queue, and checks their attributes.
func (w *world) deadLetters() map[int]int {
	copies := map[int]int{}
	for _, m := range w.dead.Messages() {
		found := numbers(m.Body)
		if len(found) != 1 || m.Body != body(found[0]) {
			w.ledger.wronged(-1, "a dead letter is not what was sent: %.200s", m.Body)
			continue
		}
		copies[found[0]]++
		if why := wrongLetter(&m); why != "" {
			w.ledger.wronged(found[0], "its dead letter %s", why)
		}
	}
	return copies
}

func wrongLetter(m *queuetest.Message) string {
	status, _ := strconv.Atoi(m.Attributes["status"].StringValue)
	switch reason := m.Attributes["reason"].StringValue; {
	case m.Source != "":
		return fmt.Sprintf("came by the queue's redrive policy after %d receives", m.Receives)
	case !isRefusal(status):
		return fmt.Sprintf("has the status %q", m.Attributes["status"].StringValue)
	case !strings.Contains(reason, "never") && !strings.Contains(reason, "chaos"):
		return fmt.Sprintf("does not give the receiver's reason but %q", reason)
	case !strings.HasSuffix(m.Attributes["event-id"].StringValue, fmt.Sprintf("-%0*d", numberDigits, numbers(m.Body)[0])):
		return fmt.Sprintf("has the event-id %q", m.Attributes["event-id"].StringValue)
	}
	return ""
}

// verdict returns what is wrong and what led to it, or nothing.
func (w *world) verdict() string {
	l := w.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wrong) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d things are wrong\n", len(l.wrong))
	slices.SortStableFunc(l.wrong, func(a, b violation) int { return a.weight() - b.weight() }) // first what matters most
	for _, v := range l.wrong[:min(len(l.wrong), maxViolations)] {
		if v.event < 0 {
			fmt.Fprintf(&b, "\n* %s\n", v.text)
			continue
		}
		fmt.Fprintf(&b, "\n* event %d: %s\n%s", v.event, v.text, &l.events[v.event].past)
		for _, line := range logged(w.dir, fmt.Sprintf("-%0*d", numberDigits, v.event)) {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	fmt.Fprintf(&b, "\nwhat was done:\n    %s\nplan: %+v\n", strings.Join(w.story, "\n    "), *w.plan)
	return b.String()
}

func (v violation) weight() int {
	if strings.Contains(v.text, "LOST") {
		return 0
	}
	return 1
}

func (w *world) figures() string {
	c := &w.ledger.counts
	return fmt.Sprintf("%d events in %.1fs; %d kills, %d stops, %d freezes; receiver failed %d times, queue %d; "+
		"%d receives, %d of them once more; "+
		"%d duplicates of at most %d (%d unsure, %d late); %d refusals, %d dead letters; %d excused by a busy machine",
		w.events, w.ledger.now().Seconds(), c.kills, c.stops, c.freezes, c.receiverFaults, c.queueFaults, c.received, c.again,
		c.duplicates, c.mayRepeat(w.plan), c.unsure, c.late, c.refusals, c.copies, c.excused)
}
