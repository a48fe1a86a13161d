package chaos

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// plan is everything that a seed determines beforehand for one world.
type plan struct {
	name    string
	seed    uint64
	format  string
	dialect sinktest.Dialect
	events  int
	groups  int // message groups of a FIFO queue; 0: a standard queue
	tls     bool

	visibility  time.Duration
	inFlight    int // MAX_IN_FLIGHT
	pollers     int
	linger      time.Duration
	sinkTimeout time.Duration
	shutdown    time.Duration
	maxReceives int
	stale       bool    // old receipt handles still work: SQS promises neither
	queueShare  float64 // of the calls to the queue that go wrong in each of three ways
	share       float64 // of the receiver's requests that go wrong
	special     bool    // some events are refused, some held back; see below

	slow      time.Duration // how long the receiver takes for each answer until slowUntil events are off the queue
	slowUntil int

	forwarders   [2][]step
	receiverAway []step
	queueFails   []step
	bursts       []step
}

// step is one thing that is done when so many events are off the queue, and some time has passed.
type step struct {
	what  action
	after int           // events
	pause time.Duration // after that
	lasts time.Duration // how long it is so: how long a forwarder is not there, the receiver away
	count int           // of send
}

type action string

const (
	kill      action = "SIGKILL"
	terminate action = "SIGTERM"
	hurry     action = "SIGTERM again and again"
	freeze    action = "SIGSTOP"

	refuse   action = "refuses connections"
	cutAll   action = "resets connections"
	stallAll action = "stalls"
	say401   action = "answers 401"
	say429   action = "answers 429"
	say500   action = "answers 500"
	say503   action = "answers 503"
	halfDead action = "swallows what comes over its old connections"

	queueAway action = "is away"
	clockStep action = "has its clock ten minutes ahead"
	rotate    action = "takes new credentials alone, which the forwarders get"
	send      action = "send"
)

func (s step) String() string {
	return fmt.Sprintf("%s after %d events and %s, for %s", s.what, s.after, s.pause.Round(time.Millisecond),
		s.lasts.Round(time.Millisecond))
}

// plans divide a round's events between the formats; the last one is of a FIFO queue. In calm ones less happens.
func plans(seed uint64, events int, calm bool) []plan {
	all := []plan{
		{name: "dispatch", format: "dispatch", dialect: sinktest.Solo, events: events * 20 / 100},
		{name: "sidecar", format: "dispatch-sidecar", dialect: sinktest.Sidecar, events: events * 25 / 100},
		{name: "batch", format: "batch", dialect: sinktest.CloudEvents, events: events * 25 / 100},
		{name: "binary", format: "binary", dialect: sinktest.CloudEvents, events: events * 15 / 100, tls: true},
		{name: "fifo", format: "dispatch", dialect: sinktest.Solo, events: events * 15 / 100, groups: 211},
	}
	for i := range all {
		p := &all[i]
		p.seed = seed<<8 | uint64(i)
		if p.groups > 0 && seed%2 == 1 { // with arrays, which order rules out
			p.format, p.dialect = "batch", sinktest.CloudEvents
		}
		p.fill(rand.New(rand.NewPCG(p.seed, 2)), calm)
	}
	return all
}

// sure returns the time within which an answer certainly arrives.
func (p *plan) sure() time.Duration {
	if p.slow > 0 {
		return p.sinkTimeout * 17 / 20
	}
	return p.sinkTimeout / 2
}

func (p *plan) arrays() bool {
	return p.groups == 0 && (p.format == "batch" || p.format == "dispatch-sidecar")
}

func (p *plan) fill(r *rand.Rand, calm bool) {
	between := func(from, to time.Duration) time.Duration { return from + time.Duration(r.Int64N(int64(to-from))) }
	p.visibility = time.Duration(2+r.IntN(2)) * time.Second
	p.inFlight, p.pollers = 100+r.IntN(400), 3+r.IntN(6)
	p.linger = []time.Duration{0, 0, 20 * time.Millisecond}[r.IntN(3)]
	p.sinkTimeout, p.shutdown = between(700*time.Millisecond, 1200*time.Millisecond), between(3*time.Second, 5*time.Second)
	p.stale, p.special, p.queueShare = r.IntN(2) == 0, true, 0.02
	requests := p.events
	if p.arrays() {
		requests /= 8
	}
	p.share = min(faultsWanted/float64(requests), 0.05)

	// somewhere is a number of events at which something happens; what happens at the same one happens together.
	somewhere := func() int { return p.events * (3 + r.IntN(87)) / 100 }
	aways := []action{refuse, refuse, cutAll, stallAll, say401, say429, say500, say503, halfDead, halfDead}
	away, signals := 3, 4
	if calm {
		away, signals = 1, 2
	}
	for range away {
		at := step{what: aways[r.IntN(len(aways))], after: somewhere(), lasts: between(200*time.Millisecond, 4*time.Second)}
		p.receiverAway = append(p.receiverAway, at)
		if r.IntN(2) == 0 { // so that signals come while the receiver is away, when no event makes progress
			p.signal(r, at.after, between(0, at.lasts))
		}
	}
	for range signals {
		p.signal(r, somewhere(), between(0, 200*time.Millisecond))
	}
	p.signalWith(r, freeze, somewhere(), 0, p.visibility+between(100*time.Millisecond, time.Second))
	p.queueFails = []step{
		{what: queueAway, after: somewhere(), lasts: between(200*time.Millisecond, time.Second)},
		{what: clockStep, after: somewhere(), lasts: between(200*time.Millisecond, 2*time.Second)},
		{what: rotate, after: somewhere(), lasts: between(0, 300*time.Millisecond)},
	}
	if r.IntN(3) == 0 {
		p.shutdown = time.Second // the least that is accepted
	}
	if r.IntN(4) == 0 {
		p.sinkTimeout = 1500 * time.Millisecond
		p.slow, p.slowUntil = p.sinkTimeout*6/10, min(p.events/2, 2000)
	}
	p.bursts = bursts(r, p.events)
	inOrder(p.forwarders[0], p.forwarders[1], p.receiverAway, p.queueFails)
	// Nothing may be redriven for what is done on purpose: a message may be received once more for each signal, and each
	// answer to a receive may be lost, which one in fifty is.
	p.maxReceives = 1 + len(p.forwarders[0]) + len(p.forwarders[1]) + 8
}

func (p *plan) signal(r *rand.Rand, after int, pause time.Duration) {
	what := []action{kill, kill, kill, terminate, terminate, terminate, hurry}[r.IntN(7)]
	p.signalWith(r, what, after, pause, time.Duration(r.Int64N(int64(300*time.Millisecond))))
}

func (p *plan) signalWith(r *rand.Rand, what action, after int, pause, lasts time.Duration) {
	slot := r.IntN(len(p.forwarders))
	p.forwarders[slot] = append(p.forwarders[slot], step{what: what, after: after, pause: pause, lasts: lasts})
}

// bursts puts events on the queue in a few bursts, each when nearly all before are done, so that the forwarders get to
// be idle, too.
func bursts(r *rand.Rand, events int) (all []step) {
	for sent := 0; sent < events; {
		count := max(events/10, r.IntN(max(events/2, 1)), 1)
		count = min(count, events-sent)
		all = append(all, step{
			what: send, after: sent * 97 / 100, pause: time.Duration(r.IntN(300)) * time.Millisecond,
			count: count,
		})
		sent += count
	}
	return all
}

func inOrder(tracks ...[]step) {
	for _, steps := range tracks {
		slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.after, b.after) })
	}
}

// Events that the receiver treats in a way of their own, by number: primes, like the number of groups, so that they
// spread over the groups.
const (
	refusedEvery = 401 // is refused for good
	heldEvery    = 499 // is answered with 500 for a while
)

func (p *plan) refused(i int) bool { return p.special && (uint64(i)+p.seed)%refusedEvery == 0 }

func (p *plan) heldBack(i int) bool {
	return p.special && !p.refused(i) && (uint64(i)+p.seed)%heldEvery == 1
}

// before is the event that was sent before i in its group, -1 for the first.
func (p *plan) before(i int) int { return max(-1, i-p.groups) }
