package chaos

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"
)

// ledger is what is known of every event from both ends, the queue's calls and the receiver's requests. All methods may
// be called concurrently. They are called before an answer leaves, so that nobody can act on it earlier.
type ledger struct {
	plan  *plan
	start time.Time
	seed  maphash.Seed

	mu        sync.Mutex
	events    []event
	receipts  map[uint64]receipt // by hash of the receipt handle
	processes []process          // by number
	settled   int                // events off the queue
	marks     map[int]chan struct{}
	counts    counts
	stalled   time.Duration // when the machine last had no time for us
	beat      time.Duration // last beat of the pulse; 0 before the first
	cut       time.Time     // when the receiver last cut all connections
	queueBad  time.Duration // until when the queue last refused everything
	back      time.Duration // when the receiver last came back
	resumed   time.Duration // when it first took an event after that
	wrong     []violation
}

type event struct {
	receives, accepted int
	refused            int           // answers that refused it, and it alone
	copies, lostCopies int           // sends to the dead-letter queue: done, and with a lost answer
	taken              bool          // an answer said so, and may have come through
	gone               bool          // off the queue
	first              time.Duration // receive
	hold               hold
	releasing          int           // calls that make it visible and have not returned
	freed              time.Duration // until when the receiver answers 500 to it; see heldBack
	by                 []tally
	past               history
}

// receipt is what a receipt handle belongs to.
type receipt struct{ event, receive int }

// hold is the time from a receive on.
type hold struct {
	process      int
	since, until time.Duration // until it is visible to others, unless renewed
	known        time.Duration // the same, as the holder knows it: the answer to a renewal may be lost
	told         bool          // the answer that assigned the message was sent whole
	givenBack    bool
	failed       bool // its latest renewal did not come through
	disowned     bool // the queue called its handle invalid: the holder takes the message for lost
	lapsed       bool // a renewal came when it was visible already: the holder may have let go of it at the same moment
}

// tally is what one process did with an event. Each receive explains one delivery that was answered whole and soon.
type tally struct {
	process, receives, answered int
	delivered                   time.Duration // the latest time
}

func (e *event) tally(number int) *tally {
	for i := range e.by {
		if e.by[i].process == number {
			return &e.by[i]
		}
	}
	e.by = append(e.by, tally{process: number})
	return &e.by[len(e.by)-1]
}

// process is a forwarder. A time is 0 if that did not happen.
type process struct {
	calls            int
	killed, frozen   bool
	hindered         bool // it was stopped while the queue refused everything
	thawed, stopping time.Duration
}

// counts are the totals of one world.
type counts struct {
	kills, freezes, stops                       int
	received, again                             int
	accepted, duplicates, unsure, late          int
	lostReceives, failedRenewals, failedDeletes int
	refusals, copies                            int
	queueFaults, receiverFaults                 int
	excused                                     int // by a machine that was too busy
}

type violation struct {
	event int // -1: none
	text  string
}

const maxViolations = 8 // that are told in full

func newLedger(p *plan) *ledger {
	return &ledger{
		plan: p, start: time.Now(), seed: maphash.MakeSeed(), events: make([]event, p.events), receipts: map[uint64]receipt{},
		processes: make([]process, 1), marks: map[int]chan struct{}{},
	}
}

func (l *ledger) now() time.Duration { return time.Since(l.start) }

func (l *ledger) blame(event int, format string, args ...any) {
	l.wrong = append(l.wrong, violation{event, fmt.Sprintf(format, args...)})
}

func (l *ledger) wronged(event int, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blame(event, format, args...)
}

// blameUnlessStalled is for checks that also fail for a correct forwarder that gets no CPU time for a while: a message
// is received once more, an event is sent again, or a message is left invisible. So feel watches a timer. If that was
// late by 150 ms while an event was in flight, such a failure is counted but does not fail the test.
func (l *ledger) blameUnlessStalled(event int, format string, args ...any) {
	// A stall may be over and the pulse not yet felt: what waited for the machine goes on in any order.
	if l.stalled > l.events[event].first || l.beat > 0 && l.now()-l.beat > stall {
		l.counts.excused++
		return
	}
	l.blame(event, format, args...)
}

const (
	pulse = 10 * time.Millisecond
	stall = 15 * pulse
)

// feel watches how late a timer is.
func (l *ledger) feel(done <-chan struct{}) {
	for from := time.Now(); ; from = time.Now() {
		select {
		case <-done:
			return
		case <-time.After(pulse):
		}
		l.mu.Lock()
		l.beat = l.now()
		if time.Since(from) > stall {
			l.stalled = l.beat
		}
		l.mu.Unlock()
	}
}

func (l *ledger) note(i, process int, what string, detail int) {
	l.events[i].past.add(entry{at: l.now(), process: process, what: what, detail: detail})
}

// noteAll records what only explains and decides nothing.
func (l *ledger) noteAll(events []int, process int, what string, detail int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range events {
		l.note(i, process, what, detail)
	}
}

func (l *ledger) count(change func(*counts)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.counts)
}

// reach returns a channel that is closed when n events are off the queue.
func (l *ledger) reach(n int) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	mark, asked := l.marks[n]
	if asked {
		return mark
	}
	mark = make(chan struct{})
	if l.settled >= n {
		close(mark)
	} else {
		l.marks[n] = mark
	}
	return mark
}

func (l *ledger) settle(i int) {
	l.events[i].gone = true
	l.settled++
	if mark := l.marks[l.settled]; mark != nil {
		close(mark)
		delete(l.marks, l.settled)
	}
}

// join gives a new process its number.
func (l *ledger) join() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes = append(l.processes, process{})
	return len(l.processes) - 1
}

// signal is called before a signal is sent.
func (l *ledger) signal(number int, what action) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.processes[number]
	switch what {
	case kill, hurry:
		p.killed = true
		l.counts.kills++
	case freeze:
		p.frozen = true
		l.counts.freezes++
		l.forget(number)
	case terminate:
		p.stopping = l.now()
		l.counts.stops++
	}
}

// forget takes answers back that a process may not have come to read, or all did not (0).
func (l *ledger) forget(number int) {
	for i := range l.events {
		e := &l.events[i]
		for k := range e.by {
			if by := &e.by[k]; !e.gone && by.answered > 0 && (number == 0 || by.process == number) {
				by.answered = 0
				l.counts.unsure++
			}
		}
	}
}

// isBack is called when the receiver is available again.
func (l *ledger) isBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.back, l.resumed = l.now(), 0
}

// queueIsBack is told when the queue takes calls again; for who must look first how that is, a while later.
func (l *ledger) queueIsBack(later time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queueBad = l.now() + later
}

// queueIsBad is called when the queue begins to refuse everything.
func (l *ledger) queueIsBad() { l.queueIsBack(time.Hour) }

// cutOff is called when the receiver has cut all connections, together with any answers on their way.
func (l *ledger) cutOff() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = time.Now()
	l.forget(0)
}

func (l *ledger) thaw(number int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes[number].frozen, l.processes[number].thawed = false, l.now()
}

// isSettled reports whether so many events are off the queue.
func (l *ledger) isSettled(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settled >= n
}

// worked reports whether a process ever called the queue.
func (l *ledger) worked(number int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.processes[number].calls > 0
}
