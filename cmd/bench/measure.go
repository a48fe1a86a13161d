package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	loopback  = "127.0.0.1:0"
	drainTime = time.Minute      // for one load; a run that takes longer has failed
	stopTime  = 30 * time.Second // more than the forwarder's SHUTDOWN_TIMEOUT
)

// stage is the processes of one run.
type stage struct {
	mode     *mode
	queue    *child
	url      string
	receiver *child
	address  string
	program  *child // the one that is measured
	orderly  bool   // it is to end in order
	keys     string // a folder with the certificate of queue and receiver, where the mode has TLS
}

// launch starts the program that is to be measured; the floor or the forwarder.
type launch func(ctx context.Context, s *stage) (*child, error)

// measure makes one run.
func measure(ctx context.Context, m *mode, of launch) (sample, error) {
	ctx, timeout := context.WithTimeout(ctx, 3*drainTime+m.Idle)
	defer timeout()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &stage{mode: m}
	defer s.close()
	err := s.open(ctx, of)
	if err != nil {
		return nothing(), err
	}
	go func() { // one that ends on its own ends the run
		<-s.program.ended
		cancel(fmt.Errorf("%s ended: %s", s.program.name, s.program.command.ProcessState))
	}()
	taken, err := s.run()
	if why := context.Cause(ctx); why != nil {
		err = why
	}
	if err == nil && s.orderly {
		err = s.program.finish()
	}
	if err != nil {
		return nothing(), fmt.Errorf("%w\n%s said: %s", err, s.program.name, s.program.kill())
	}
	return taken, nil
}

func (s *stage) open(ctx context.Context, of launch) error {
	var err error
	if s.mode.secure() {
		if s.keys, err = newKeys(); err != nil {
			return err
		}
	}
	if s.queue, err = start(ctx, roleQueue, served{Protocol: s.mode.Queue, Keys: s.keys}); err != nil {
		return err
	}
	var queue report
	if err := s.queue.answer(&queue); err != nil {
		return err
	}
	s.url = queue.URL
	m := s.mode
	s.receiver, err = start(ctx, roleReceiver, receiver{
		served: served{Protocol: m.Receiver, Keys: s.keys}, Delay: m.Delay, Answer: m.Answer, Events: m.warmUp() + m.Events,
	})
	if err != nil {
		return err
	}
	var first receipt
	if err := s.receiver.answer(&first); err != nil {
		return err
	}
	s.address = first.Address
	s.program, err = of(ctx, s)
	return err
}

func (s *stage) close() {
	for _, c := range []*child{s.program, s.queue, s.receiver} {
		if c != nil {
			c.kill()
		}
	}
	if s.keys != "" {
		_ = os.RemoveAll(s.keys) // in the system's folder for such things
	}
}

// trust has a program trust the certificate of queue and receiver.
func (s *stage) trust() []string {
	if s.keys == "" {
		return nil
	}
	return []string{"SSL_CERT_FILE=" + filepath.Join(s.keys, certificateFile), "SSL_CERT_DIR=" + s.keys}
}

func (s *stage) run() (sample, error) {
	m, out := s.mode, nothing()
	if err := s.load(order{Events: m.warmUp(), Size: m.Size, Rate: m.Rate}, nil); err != nil {
		return out, fmt.Errorf("warm up: %w", err)
	}
	if m.Idle > 0 {
		var idle report
		if err := s.load(order{Idle: m.Idle}, &idle); err != nil {
			return out, err
		}
		out.IdleCalls, out.IdlePolls = figure(idle.Calls), figure(idle.Polls)
	}
	before, err := cpuTime(s.program.pid())
	if err != nil {
		return out, err
	}
	var loaded report
	if err := s.load(order{First: m.warmUp(), Events: m.Events, Size: m.Size, Rate: m.pace()}, &loaded); err != nil {
		return out, err
	}
	after, err := cpuTime(s.program.pid())
	if err != nil {
		return out, err
	}
	if out.Peak, err = peakMemory(s.program.pid()); err != nil {
		return out, err
	}
	received, err := s.received()
	if err != nil {
		return out, err
	}
	events := figure(m.Events)
	if m.backlog() {
		out.PerSecond = events / figure(loaded.Drained.Sub(loaded.Started).Seconds())
	}
	out.CPU = figure((after - before).Microseconds()) / events
	// Long polls that were waiting brought events, too; those that wait at the end have yet to.
	out.Calls = figure(loaded.Calls+loaded.Waiting-loaded.Polls) * 1000 / events
	out.Held = figure(loaded.Held) * figure(m.Size) / (1 << 20)
	out.Open, out.Accepted = figure(received.Open), figure(received.Accepted)
	out.latencies(&loaded, received.Arrived[m.warmUp():])
	return out, nil
}

// pace is how many events a second are sent while it is measured.
func (m *mode) pace() int {
	if m.Idle > 0 {
		return 4 // each after the one before has been dealt with
	}
	return m.Rate
}

func (s *stage) load(o order, into *report) error {
	if into == nil {
		into = new(report)
	}
	return s.queue.ask(o, into)
}

// received ends the receiver and checks what it says: a wrong run has no speed.
func (s *stage) received() (receipt, error) {
	var r receipt
	if err := s.receiver.in.Close(); err != nil {
		return r, err
	}
	if err := s.receiver.answer(&r); err != nil {
		return r, err
	}
	if sent := s.mode.warmUp() + s.mode.Events; r.Distinct != sent || r.Total != int64(sent) {
		return r, fmt.Errorf("of %d events %d arrived, %d with those that came again", sent, r.Distinct, r.Total)
	}
	return r, nil
}

// latencies compares when events were sent with when they arrived.
func (out *sample) latencies(r *report, arrived []int64) {
	if len(r.Sent) == 0 {
		return // of a backlog, they would be its length
	}
	took := make([]float64, len(r.Sent))
	for i, sent := range r.Sent {
		took[i] = float64(arrived[i]-sent.UnixNano()) / 1e6
	}
	slices.Sort(took)
	out.P50, out.P99 = percentile(took, 50), percentile(took, 99)
}
