package chaos

import (
	"math"
	"syscall"
	"time"
)

// await returns true when it is time for a step; false when that will not be, or when ended tells.
func (w *world) await(s step, ended <-chan struct{}) bool {
	select {
	case <-w.ledger.reach(s.after):
	case <-w.quiet:
		return false
	case <-ended:
		return false
	}
	w.pause(s.pause)
	return true
}

// pause waits, unless the run is over.
func (w *world) pause(d time.Duration) { wait(w.quiet, d) }

// failReceiver makes the receiver unavailable now and then.
func (w *world) failReceiver() {
	for _, s := range w.receiverAway {
		if !w.await(s, nil) {
			return
		}
		w.tell("the receiver %s for %s", s.what, s.lasts)
		switch s.what {
		case halfDead:
			w.receiver.dead.Store(time.Now().UnixNano())
		case refuse:
			w.receiver.shut()
			w.pause(s.lasts)
			if err := w.receiver.open(w.context); err != nil {
				w.ledger.wronged(-1, "%v", err)
				return
			}
		default:
			w.receiver.away.Store(&s.what)
			w.pause(s.lasts)
			w.receiver.away.Store(nil)
		}
		w.ledger.isBack()
		w.tell("the receiver is back")
	}
}

func (w *world) failQueue() {
	for _, s := range w.queueFails {
		if !w.await(s, nil) {
			return
		}
		w.tell("the queue %s for %s", s.what, s.lasts)
		w.ledger.queueIsBad()
		switch s.what {
		case queueAway:
			w.watch.away.Store(true)
			w.pause(s.lasts)
			w.watch.away.Store(false)
		case clockStep:
			w.watch.ahead.Store(int64(10 * time.Minute))
			w.pause(s.lasts)
			w.watch.ahead.Store(0)
		case rotate:
			w.rotateCredentials(s.lasts)
		}
		w.ledger.queueIsBack(500 * time.Millisecond) // the forwarders look for new credentials at intervals
	}
}

// rotateCredentials makes the queue refuse the old credentials a while before the forwarders have the new ones.
func (w *world) rotateCredentials(before time.Duration) {
	w.watch.keys.Add(1)
	w.pause(before)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.started {
		w.giveCredentials(p.number)
	}
	w.story = append(w.story, "the forwarders have new credentials")
}

// keep keeps one forwarder running, through signals, and stops it at the end.
func (w *world) keep(steps []step) {
	steps = append(steps, step{after: math.MaxInt}) // which never comes
	for p := w.start(); p != nil; {
		s := steps[0]
		switch due := w.await(s, p.Ended); {
		case due:
			steps = steps[1:]
			w.signal(p, s)
			if s.what == freeze {
				continue
			}
			w.pause(s.lasts)
		case !p.HasEnded():
			w.signal(p, step{what: terminate})
			return
		// It may come to nothing while the queue is away.
		case p.Command.ProcessState.ExitCode() != 1 || w.ledger.worked(p.number):
			w.ledger.wronged(-1, "%v", p.Failure())
		}
		p = w.start()
	}
}

func (w *world) start() *running {
	number := w.ledger.join()
	w.giveCredentials(number)
	p, err := start(w.program, w.dir, number, w.environment(number))
	if err != nil {
		w.ledger.wronged(-1, "%v", err)
		return nil
	}
	w.tell("%s is started", nameOf(number))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = append(w.started, p)
	return p
}

// exitSlack is what a busy machine may need to start and reap a process, beyond the time in which the forwarder is to
// end.
const exitSlack = 500 * time.Millisecond

func (w *world) signal(p *running, s step) {
	w.tell("%s gets %s", nameOf(p.number), s.what)
	w.ledger.signal(p.number, s.what)
	switch s.what {
	case kill:
		p.Kill()
	case hurry:
		if !p.hurry(2 * exitSlack) {
			w.ledger.wronged(-1, "SIGTERM again and again did not end it: %v", p.Failure())
		}
	case freeze:
		_ = p.Command.Process.Signal(syscall.SIGSTOP)
		w.pause(s.lasts)
		_ = p.Command.Process.Signal(syscall.SIGCONT)
		w.ledger.thaw(p.number)
		w.tell("%s goes on", nameOf(p.number))
	case terminate:
		took := p.terminate(w.shutdown + exitSlack)
		w.ledger.blameLeft(p.number)
		w.tell("%s ended after %s", nameOf(p.number), took.Round(time.Millisecond))
		// One that has not come so far as to receive may be ended by the signal, or for want of a queue.
		late, code := took >= w.shutdown+exitSlack, p.Command.ProcessState.ExitCode()
		if late || code != 0 && w.ledger.worked(p.number) {
			w.ledger.wronged(-1, "after SIGTERM and %s, %s was allowed: %v", took, w.shutdown, p.Failure())
		}
	}
}
