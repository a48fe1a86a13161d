package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	drainTime = time.Minute      // for one load; a run that takes longer has failed
	stopTime  = 30 * time.Second // more than the forwarder's SHUTDOWN_TIMEOUT
)

// stage is the processes of one run.
type stage struct {
	mode     *mode
	queue    *part
	url      string // of the queue
	receiver *part
	address  string // of the receiver, with its scheme
	programs []*part
	folder   string // with the certificate of queue and receiver, where the mode has TLS

	fail    context.CancelCauseFunc
	isEnded atomic.Bool // programs may end
}

// launch starts a program that is to be measured: the floor or the forwarder.
type launch func(ctx context.Context, s *stage) (*part, error)

// onStage starts queue and receiver, has do run, and ends all processes.
func onStage(ctx context.Context, m *mode, do func(context.Context, *stage) error) error {
	ctx, timeout := context.WithTimeout(ctx, 3*drainTime+m.Idle)
	defer timeout()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &stage{mode: m, fail: cancel}
	defer s.close()
	err := s.open(ctx)
	if err == nil {
		err = do(ctx, s)
	}
	if why := context.Cause(ctx); why != nil {
		return why
	}
	return err
}

func (s *stage) open(ctx context.Context) (err error) {
	m := s.mode
	if m.secure() {
		if err := s.certify(); err != nil {
			return err
		}
	}
	if s.queue, err = start(ctx, roleQueue, m.Queue); err != nil {
		return err
	}
	if err := s.queue.answer(&s.url); err != nil {
		return err
	}
	r := receiver{Protocol: m.Receiver, Delay: m.Delay, Answer: m.Answer, Events: m.warmUp() + m.Events}
	if s.receiver, err = start(ctx, roleReceiver, &r); err != nil {
		return err
	}
	return s.receiver.answer(&s.address)
}

// add starts a program. One that ends by itself ends the run.
func (s *stage) add(ctx context.Context, of launch) error {
	p, err := of(ctx, s)
	if err != nil {
		return err
	}
	s.programs = append(s.programs, p)
	go func() {
		if <-p.Ended; !s.isEnded.Load() {
			s.fail(p.Failure())
		}
	}()
	return nil
}

// stop lets the programs end in order, all at once.
func (s *stage) stop() error {
	s.isEnded.Store(true)
	var group errgroup.Group
	for _, p := range s.programs {
		group.Go(func() error { return p.Stop(syscall.SIGTERM, stopTime) })
	}
	return group.Wait()
}

func (s *stage) close() {
	s.isEnded.Store(true)
	for _, p := range append(s.programs, s.queue, s.receiver) {
		if p != nil {
			p.kill()
		}
	}
	if s.folder != "" {
		_ = os.RemoveAll(s.folder) // in the system's folder for temporary files
	}
}

// serve listens on a free loopback port. The certificate is the one that net/http/httptest has for tests.
func serve(p protocol, handler http.Handler, changed func(net.Conn, http.ConnState)) *httptest.Server {
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2, s.Config.ConnState = p == tls2, changed
	if p == plain {
		s.Start()
	} else {
		s.StartTLS()
	}
	return s
}

const certificateFile = "certificate.pem"

// certify writes the certificate of queue and receiver to a file, for who is to trust it.
func (s *stage) certify() (err error) {
	server := serve(tls1, nil, nil)
	defer server.Close()
	if s.folder, err = os.MkdirTemp("", "bench"); err != nil {
		return fmt.Errorf("make folder for the certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return os.WriteFile(filepath.Join(s.folder, certificateFile), text, 0o600)
}

// trust is the environment in which a program trusts the certificate.
func (s *stage) trust() []string {
	if s.folder == "" {
		return nil
	}
	return []string{"SSL_CERT_FILE=" + filepath.Join(s.folder, certificateFile), "SSL_CERT_DIR=" + s.folder}
}

// measureAll measures every mode that was asked for, floor and forwarder in turn.
func (o *options) measureAll(ctx context.Context) (results []result, err error) {
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o750); err != nil { //nolint:gosec // who runs the bench names the folder
			return nil, fmt.Errorf("make folder for profiles: %w", err)
		}
	}
	for _, m := range modes(o.full) {
		if !o.only.MatchString(m.Name) {
			continue
		}
		r := result{mode: m}
		for round := range o.rounds {
			if err := o.round(ctx, &r, round); err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", m.Name, round+1, err)
			}
		}
		results = append(results, r)
	}
	return results, nil
}

func (o *options) round(ctx context.Context, r *result, round int) error {
	floor, err := measure(ctx, &r.mode, launchFloor, false)
	if err != nil {
		return err
	}
	ours, err := measure(ctx, &r.mode, o.launchForwarder(round), o.profile != "")
	if err != nil {
		return err
	}
	r.floor, r.ours = append(r.floor, floor), append(r.ours, ours)
	_, _ = fmt.Fprintf(os.Stderr, "%-34s %d/%d  %s\n", r.mode.Name, round+1, o.rounds, progress(ours, floor))
	return nil
}

// measure makes one run; orderly: the program is not killed at the end, so that it can write its profiles.
func measure(ctx context.Context, m *mode, of launch, orderly bool) (sample, error) {
	out := nothing()
	err := onStage(ctx, m, func(ctx context.Context, s *stage) error {
		if err := s.add(ctx, of); err != nil {
			return err
		}
		if err := s.measure(&out); err != nil || !orderly {
			return err
		}
		return s.stop()
	})
	return out, err
}

func (s *stage) measure(out *sample) error {
	m := s.mode
	if err := s.queue.ask(order{Events: m.warmUp(), Size: m.Size, Rate: m.Rate}, new(report)); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	if m.Idle > 0 {
		var idle report
		if err := s.queue.ask(order{Idle: m.Idle}, &idle); err != nil {
			return err
		}
		out[idleCalls], out[idlePolls] = figure(idle.Calls), figure(idle.Polls)
	}
	loaded, used, err := s.load(order{First: m.warmUp(), Events: m.Events, Size: m.Size, Rate: m.pace()}, s.programs)
	if err != nil {
		return err
	}
	memory, err := peakMemory(s.programs[0].PID())
	if err != nil {
		return err
	}
	received, err := s.received()
	if err != nil {
		return err
	}
	events := figure(m.Events)
	if m.backlog() {
		out[perSecond] = events / figure(loaded.Drained.Sub(loaded.Started).Seconds())
	}
	out[cpu] = figure(used.Microseconds()) / events
	// Long polls that were waiting brought events, too; those that wait at the end have yet to.
	out[calls] = figure(loaded.Calls+loaded.Waiting-loaded.Polls) * 1000 / events
	out[peak], out[beyondHeld] = memory, memory-figure(loaded.Held)*figure(m.Size)/(1<<20)
	out[open], out[accepted] = figure(received.Open), figure(received.Accepted)
	out.latencies(loaded, received.Arrived[m.warmUp():])
	return nil
}

// load has the queue carry out an order, and measures the CPU time that the parts use for it.
func (s *stage) load(o order, parts []*part) (done *report, used time.Duration, err error) {
	before, err := sumCPU(parts)
	if err != nil {
		return nil, 0, err
	}
	done = new(report)
	if err := s.queue.ask(o, done); err != nil {
		return nil, 0, err
	}
	after, err := sumCPU(parts)
	return done, after - before, err
}

func sumCPU(parts []*part) (sum time.Duration, err error) {
	for _, p := range parts {
		used, err := cpuTime(p.PID())
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// received ends the receiver and checks its report: a wrong run has no speed.
func (s *stage) received() (receipt, error) {
	var r receipt
	if err := s.receiver.Stdin.Close(); err != nil {
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
	out[p50], out[p99] = percentile(took, 50), percentile(took, 99)
}
