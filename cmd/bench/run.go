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

// run is the processes of one run: a queue, a receiver, and what is measured.
type run struct {
	mode     *mode
	queue    *process
	url      string // of the queue
	receiver *process
	address  string // of the receiver, with its scheme
	programs []*process
	folder   string // with the certificate of queue and receiver, where the mode has TLS

	fail   context.CancelCauseFunc
	mayEnd atomic.Bool // programs may end
}

// launch starts a program that is to be measured: the floor or the forwarder.
type launch func(ctx context.Context, r *run) (*process, error)

// withRun starts queue and receiver, calls do, and ends all processes.
func withRun(ctx context.Context, m *mode, do func(context.Context, *run) error) error {
	ctx, timeout := context.WithTimeout(ctx, 3*drainTime+m.Idle)
	defer timeout()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{mode: m, fail: cancel}
	defer r.close()
	err := r.open(ctx)
	if err == nil {
		err = do(ctx, r)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (r *run) open(ctx context.Context) (err error) {
	m := r.mode
	if m.hasTLS() {
		if err := r.writeCertificate(); err != nil {
			return err
		}
	}
	if r.queue, err = start(ctx, roleQueue, m.Queue); err != nil {
		return err
	}
	if err := r.queue.answer(&r.url); err != nil {
		return err
	}
	c := receiverConfig{Protocol: m.Receiver, Delay: m.Delay, Answer: m.Answer, Events: m.warmUp() + m.Events}
	if r.receiver, err = start(ctx, roleReceiver, c); err != nil {
		return err
	}
	return r.receiver.answer(&r.address)
}

// add starts a program. One that ends by itself ends the run.
func (r *run) add(ctx context.Context, program launch) error {
	p, err := program(ctx, r)
	if err != nil {
		return err
	}
	r.programs = append(r.programs, p)
	go func() {
		if <-p.Ended; !r.mayEnd.Load() {
			r.fail(p.Failure())
		}
	}()
	return nil
}

// stop lets the programs end in order, all at once.
func (r *run) stop() error {
	r.mayEnd.Store(true)
	var group errgroup.Group
	for _, p := range r.programs {
		group.Go(func() error { return p.Stop(syscall.SIGTERM, stopTime) })
	}
	return group.Wait()
}

func (r *run) close() {
	r.mayEnd.Store(true)
	for _, p := range append(r.programs, r.queue, r.receiver) {
		if p != nil {
			p.kill()
		}
	}
	if r.folder != "" {
		_ = os.RemoveAll(r.folder) // in the system's folder for temporary files
	}
}

// measure makes one run.
func measure(ctx context.Context, m *mode, program launch) (sample, error) {
	out := nothing()
	err := withRun(ctx, m, func(ctx context.Context, r *run) error {
		if err := r.add(ctx, program); err != nil {
			return err
		}
		if err := r.measure(&out); err != nil {
			return err
		}
		return r.stop() // in order: it may write its profiles
	})
	return out, err
}

func (r *run) measure(out *sample) error {
	m := r.mode
	if err := r.queue.ask(order{Events: m.warmUp(), Size: m.Size, Rate: m.Rate}, new(report)); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	if m.Idle > 0 {
		var idle report
		if err := r.queue.ask(order{Idle: m.Idle}, &idle); err != nil {
			return err
		}
		out[idleCalls], out[idlePolls] = figure(idle.Calls), figure(idle.Polls)
	}
	loaded, used, err := r.load(order{First: m.warmUp(), Events: m.Events, Size: m.Size, Rate: m.pace()}, r.programs)
	if err != nil {
		return err
	}
	memory, err := peakMemory(r.programs[0].PID())
	if err != nil {
		return err
	}
	received, err := r.received()
	if err != nil {
		return err
	}
	events := figure(m.Events)
	if m.isBacklog() {
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

// load has the queue carry out an order, and measures the CPU time that the processes use for it.
func (r *run) load(o order, processes []*process) (done *report, used time.Duration, err error) {
	before, err := sumCPU(processes)
	if err != nil {
		return nil, 0, err
	}
	done = new(report)
	if err := r.queue.ask(o, done); err != nil {
		return nil, 0, err
	}
	after, err := sumCPU(processes)
	return done, after - before, err
}

func sumCPU(processes []*process) (sum time.Duration, err error) {
	for _, p := range processes {
		used, err := cpuTime(p.PID())
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// received ends the receiver and checks its report: a wrong run has no speed.
func (r *run) received() (out receipt, err error) {
	if err := r.receiver.Stdin.Close(); err != nil {
		return out, err
	}
	if err := r.receiver.answer(&out); err != nil {
		return out, err
	}
	if sent := r.mode.warmUp() + r.mode.Events; out.Distinct != sent || out.Total != int64(sent) {
		return out, fmt.Errorf("of %d events %d arrived, %d with those that came again", sent, out.Distinct, out.Total)
	}
	return out, nil
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

// writeCertificate writes the certificate of queue and receiver to a file, for who is to trust it.
func (r *run) writeCertificate() (err error) {
	server := serve(tls1, nil, nil)
	defer server.Close()
	if r.folder, err = os.MkdirTemp("", "bench"); err != nil {
		return fmt.Errorf("make folder for the certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return os.WriteFile(filepath.Join(r.folder, certificateFile), text, 0o600)
}

// trust is the environment in which a program trusts the certificate.
func (r *run) trust() []string {
	if r.folder == "" {
		return nil
	}
	return []string{"SSL_CERT_FILE=" + filepath.Join(r.folder, certificateFile), "SSL_CERT_DIR=" + r.folder}
}
