package main

import (
	"context"
	"encoding/pem"
	"fmt"
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

// run is the processes of one run: a queue, a receiver, and the programs that are measured.
type run struct {
	task
	queue, receiver *process
	programs        []*process
	folder          string   // with the certificate of queue and receiver
	trust           []string // the environment in which a program trusts it

	fail   context.CancelCauseFunc
	mayEnd atomic.Bool // programs may end
}

// launch starts a program that is to be measured: the floor or the forwarder.
type launch func(ctx context.Context, r *run) (*process, error)

// measure makes one run: it starts all processes, sends the events of the mode, and ends the processes.
func measure(ctx context.Context, m *mode, programs ...launch) (sample, error) {
	ctx, timeout := context.WithTimeout(ctx, 3*drainTime+m.Idle)
	defer timeout()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	r := &run{task: task{Mode: *m}, fail: fail}
	defer r.close()
	out := nothing()
	err := r.open(ctx, programs)
	if err == nil {
		err = r.measure(&out)
	}
	if err == nil {
		err = r.stop()
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return out, err
}

func (r *run) open(ctx context.Context, programs []launch) (err error) {
	if err := r.writeCertificate(); err != nil {
		return err
	}
	if r.queue, err = start(ctx, roleQueue, &r.task); err != nil {
		return err
	}
	if err := r.queue.answer(&r.QueueURL); err != nil {
		return err
	}
	if r.receiver, err = start(ctx, roleReceiver, &r.task); err != nil {
		return err
	}
	if err := r.receiver.answer(&r.ReceiverURL); err != nil {
		return err
	}
	for _, program := range programs {
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
	}
	return nil
}

// stop lets the programs end in order, all at once: they may have profiles to write.
func (r *run) stop() error {
	r.mayEnd.Store(true)
	var group errgroup.Group
	for _, p := range r.programs {
		group.Go(func() error { return p.Stop(syscall.SIGTERM, stopTime) })
	}
	return group.Wait()
}

func (r *run) close() {
	for _, p := range append(r.programs, r.queue, r.receiver) {
		if p != nil {
			p.Kill()
		}
	}
	_ = os.RemoveAll(r.folder) // in the system's folder for temporary files
}

func (r *run) measure(out *sample) error {
	m := &r.Mode
	if m.warmUp() > 0 {
		if err := r.queue.ask(order{Events: m.warmUp(), Rate: m.Rate}, new(report)); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
	}
	if m.Idle > 0 {
		var idle report
		if err := r.queue.ask(order{Idle: m.Idle}, &idle); err != nil {
			return err
		}
		out[idleCalls], out[idlePolls] = figure(idle.Calls), figure(idle.Polls)
	}
	before, err := r.usage()
	if err != nil {
		return err
	}
	var loaded report
	load := order{First: m.warmUp(), Events: m.Events, Rate: m.pace(), Pollers: int64(m.Forwarders)}
	if err := r.queue.ask(load, &loaded); err != nil {
		return err
	}
	after, err := r.usage()
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
	took, events := loaded.Drained.Sub(loaded.Started), figure(m.Events)
	if m.isBacklog() {
		out[perSecond] = events / figure(took.Seconds())
	}
	out[cpu] = figure((after.programs - before.programs).Microseconds()) / events
	out[cores] = figure(after.all-before.all) / figure(took)
	// Long polls that were waiting brought events, too; those that wait at the end have yet to.
	out[calls] = figure(loaded.Calls+loaded.Waiting-loaded.Polls) * 1000 / events
	out[peak], out[beyondHeld] = memory, memory-figure(loaded.Held)*figure(m.Size)/(1<<20)
	out[open], out[accepted] = figure(received.Open), figure(received.Accepted)
	out.latencies(&loaded, received.Arrived[m.warmUp():])
	out.shares(m, received.Shares)
	return nil
}

// usage is the CPU time that the processes of a run have used so far.
type usage struct{ programs, all time.Duration }

func (r *run) usage() (u usage, err error) {
	for _, p := range append(slices.Clone(r.programs), r.queue, r.receiver) {
		used, err := cpuTime(p.PID())
		if err != nil {
			return u, err
		}
		u.all += used
		if p != r.queue && p != r.receiver {
			u.programs += used
		}
	}
	return u, nil
}

// received ends the receiver and checks its report: a wrong run has no speed.
func (r *run) received() (out receipt, err error) {
	if err := r.receiver.Stdin.Close(); err != nil {
		return out, err
	}
	if err := r.receiver.answer(&out); err != nil {
		return out, err
	}
	distinct := 0
	for _, at := range out.Arrived {
		if at != 0 {
			distinct++
		}
	}
	if sent := len(out.Arrived); distinct != sent || out.Total != int64(sent) {
		return out, fmt.Errorf("of %d events %d arrived, %d with those that came again", sent, distinct, out.Total)
	}
	return out, nil
}

// latencies compares when events were sent with when they arrived.
func (out *sample) latencies(r *report, arrived []int64) {
	if len(r.Sent) == 0 {
		return // of a backlog, they would be its length
	}
	took := make([]figure, len(r.Sent))
	for i, sent := range r.Sent {
		took[i] = figure(arrived[i]-sent.UnixNano()) / 1e6
	}
	slices.Sort(took)
	out[p50], out[p99] = percentile(took, 50), percentile(took, 99)
}

// shares compares what each of several forwarders delivered with an even share.
func (out *sample) shares(m *mode, requests map[string]int64) {
	if m.Forwarders == 0 {
		return
	}
	shares := make([]figure, m.Forwarders)
	for i := range shares {
		shares[i] = figure(requests[forwarderName(i)]) * figure(m.Forwarders) / figure(m.Events)
	}
	out[leastShare], out[mostShare] = slices.Min(shares), slices.Max(shares)
}

// writeCertificate writes the certificate of queue and receiver to a file, for who is to trust it.
func (r *run) writeCertificate() (err error) {
	server := serve(tls1, nil, nil)
	defer server.Close()
	if r.folder, err = os.MkdirTemp("", "bench"); err != nil {
		return fmt.Errorf("make folder for the certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(r.folder, "certificate.pem")
	r.trust = []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + r.folder}
	return os.WriteFile(file, text, 0o600)
}
