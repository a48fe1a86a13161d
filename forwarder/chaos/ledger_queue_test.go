package chaos

import (
	"hash/maphash"
	"time"
)

// assigned records an answer to a receive; told means that it will be sent whole.
func (l *ledger) assigned(number int, handles []string, events []int, told bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes[number].calls++
	if !told && len(events) > 0 {
		l.counts.lostReceives++
	}
	now := l.now()
	for k, i := range events {
		e := &l.events[i]
		l.counts.received++
		what := "receives it, receive"
		if !told {
			what = "is assigned it in an answer that does not come through, receive"
		}
		if e.receives == 0 {
			e.first = now
		} else {
			what = l.whyAgain(i, number) + ": " + what
		}
		if e.gone && !l.plan.stale { // the delete of an old handle came in between, and did nothing
			e.gone = false
			l.settled--
		}
		e.receives++
		e.tally(number).receives++
		e.hold = hold{process: number, since: now, until: now + l.plan.visibility, known: now + l.plan.visibility, told: told}
		l.receipts[maphash.String(l.seed, handles[k])] = receipt{event: i, receive: e.receives}
		l.note(i, number, what, e.receives)
	}
}

// whyAgain checks that there is a reason why i is received once more.
func (l *ledger) whyAgain(i, number int) string {
	l.counts.again++
	h := l.events[i].hold
	holder := l.processes[h.process]
	switch {
	case !h.told:
		return "assigned to nobody"
	case h.givenBack, l.plan.stale && l.events[i].releasing > 0:
		return "given back"
	case h.failed, h.lapsed:
		return "not renewed, for an error or a stall"
	case holder.killed:
		return "its holder is killed"
	case holder.frozen, h.since <= holder.thawed:
		return "its holder was frozen"
	case holder.hindered:
		return "its holder was stopped while the queue refused everything"
	case holder.stopping > 0 && h.since > holder.stopping+l.plan.certainDrain():
		return "its holder had stopped to receive"
	}
	l.blameUnlessStalled(i, "%s receives it although %s is there, and could have renewed it", nameOf(number),
		nameOf(h.process))
	return "for no reason"
}

// certainDrain is how long after SIGTERM an answer to a receive is certainly read: half of what the forwarder waits for
// it, which is a second, or a quarter of a short shutdown timeout.
func (p *plan) certainDrain() time.Duration { return min(500*time.Millisecond, p.shutdown/8) }

// find returns what a receipt handle belongs to.
func (l *ledger) find(handle string) (r receipt, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, known = l.receipts[maphash.String(l.seed, handle)]
	if !known {
		l.blame(-1, "a receipt handle was never given: %.40s", handle)
	}
	return r, known
}

// deleting is called before a delete is done.
func (l *ledger) deleting(number int, receipts []receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range receipts {
		if e := &l.events[r.event]; !e.taken && e.copies == 0 {
			l.blame(r.event, "%s deletes it although no answer has taken it and no copy is in the dead-letter queue",
				nameOf(number))
		}
	}
}

// deleted records the outcome of the delete.
func (l *ledger) deleted(number int, r receipt, done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.events[r.event]
	switch {
	case !done:
		l.counts.failedDeletes++
		l.note(r.event, number, "deletes it in vain", 0)
	case e.gone:
		l.note(r.event, number, "deletes it again", 0)
	case r.receive != e.receives && !l.plan.stale:
		l.note(r.event, number, "deletes it, which an old handle does not do", 0)
	default:
		l.note(r.event, number, "deletes it", 0)
		l.settle(r.event)
	}
}

// hiding is called before a visibility timeout is changed: others may receive a released message before the answer.
func (l *ledger) hiding(number, i int, lasts time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lasts == 0 {
		l.events[i].hold.givenBack = true
		l.events[i].releasing++
		l.note(i, number, "gives it back", 0)
	}
}

// hidden records the outcome of the change; told means that the answer is sent whole.
func (l *ledger) hidden(number, i int, lasts time.Duration, done, told, invalid bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &l.events[i].hold
	h.disowned = h.disowned || invalid && h.process == number
	if lasts == 0 {
		l.events[i].releasing--
		h.givenBack = h.givenBack || done && l.plan.stale // an old handle gives it back, too, whoever has received it since
	}
	switch {
	case l.events[i].gone:
		// Deleted while it was renewed.
	case done && h.process == number:
		now := l.now()
		if now > h.until {
			h.lapsed = true
			l.note(i, number, "renews it late", 0)
		}
		// Whoever gets no answer has met an error. And who met errors until the time was up, counted from before a call that
		// may have taken an eighth of the visibility timeout, has given the message up although this renewal came in time.
		h.failed = !told || h.failed && now > h.known-l.plan.visibility/8
		h.until = now + lasts
		if told {
			h.known = h.until
		}
	case !done && lasts > 0:
		l.counts.failedRenewals++
		h.failed = h.failed || h.process == number
		l.note(i, number, "renews it in vain", 0)
	case !done:
		l.note(i, number, "gives it back in vain", 0)
	}
}

// deadLetter records a send to the dead-letter queue: whether it succeeded, and whether the answer arrives.
func (l *ledger) deadLetter(number, i int, done, told bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.events[i]
	what := "sends it to the dead-letter queue in vain"
	if done {
		e.copies++
		l.counts.copies++
		what = "sends it to the dead-letter queue"
	}
	if !done || !told {
		e.lostCopies++
	}
	l.note(i, number, what, 0)
}

// blameLeft blames a process that ended cleanly for messages that it left invisible although it could have released
// them.
func (l *ledger) blameLeft(number int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, stopping := l.now(), l.processes[number].stopping
	if l.queueBad > stopping {
		l.processes[number].hindered = true
		return // it had no time to release anything, or less than it was promised
	}
	for i := range l.events {
		e := &l.events[i]
		h := &e.hold
		if !e.gone && h.process == number && h.told && !h.lapsed && !h.disowned && now < min(h.until, h.known) &&
			h.since < stopping+l.plan.certainDrain() {
			l.blameUnlessStalled(i, "%s left it invisible when it was stopped", nameOf(number))
		}
	}
}
