package chaos

import (
	"net/http"
	"time"
)

// accept records an event that the receiver accepts, before it answers.
func (l *ledger) accept(number, i int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, now := &l.events[i], l.now()
	by := e.tally(number)
	if l.resumed == 0 {
		l.resumed = now
	}
	l.counts.accepted++
	l.counts.unsure++
	switch {
	case by.receives == 0:
		l.blame(i, "%s delivers it without having received it", nameOf(number))
	case e.accepted == 0:
		l.checkOrder(number, i)
	case by.answered >= by.receives:
		// On a busy machine any answer can come too late; but who gives up waiting has waited.
		l.counts.late++
		if now-by.delivered < l.plan.sinkTimeout/2 {
			l.blameUnlessStalled(i, "%s sends it again although it got the answer", nameOf(number))
		}
	}
	if e.accepted > 0 {
		l.counts.duplicates++
	}
	e.accepted++
	by.delivered = now
	l.note(i, number, "delivers it, delivery", e.accepted)
}

// checkOrder checks that everything that was sent before i in its group is settled.
func (l *ledger) checkOrder(number, i int) {
	if l.plan.groups == 0 {
		return
	}
	for before := l.plan.before(i); before >= 0; before = l.plan.before(before) {
		e := &l.events[before]
		if e.gone {
			return // and so is, as was checked then, what came before it
		}
		if e.accepted == 0 && e.copies == 0 {
			l.blame(i, "%s delivers it before %d of the same group", nameOf(number), before)
			return
		}
	}
}

// answer records a status before it is sent, for a request that began at that time; whole means that all of it will be
// sent.
func (l *ledger) answer(number int, events []int, status int, began time.Time, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sure := whole && began.After(l.cut) && time.Since(began) < l.plan.sure() && !l.wasFrozen(number)
	taken := status >= http.StatusOK && status < http.StatusMultipleChoices
	for _, i := range events {
		e := &l.events[i]
		switch {
		case taken && sure:
			e.taken = true
			e.tally(number).answered++
			l.counts.unsure--
		case taken:
			e.taken = true
			l.note(i, number, "gets half of an answer, or a late one, with status", status)
			continue
		case len(events) == 1 && isRefusal(status):
			e.refused++
			l.counts.refusals++
		}
		l.note(i, number, "gets the status", status)
	}
}

// wasFrozen reports whether a process is frozen, or was so lately that a request that it writes now may have begun
// before: then it gives up waiting for the answer as soon as it continues.
func (l *ledger) wasFrozen(number int) bool {
	p := &l.processes[number]
	return p.frozen || p.thawed > 0 && l.now()-p.thawed < l.plan.sinkTimeout
}

// isHeldBack reports whether the receiver answers 500 to i now; that ends a while after the first request.
func (l *ledger) isHeldBack(i int) bool {
	if !l.plan.heldBack(i) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.events[i]
	if e.freed == 0 {
		e.freed = l.now() + l.plan.visibility*4/3 // so that it must be renewed
	}
	return l.now() < e.freed
}
