package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

const (
	drainTime = time.Minute      // to deliver all sent events; a run that takes longer has failed
	stopTime  = 30 * time.Second // more than the forwarder's SHUTDOWN_TIMEOUT
)

// run has the queue and the receiver with which a program is measured.
type run struct {
	benchCase   *benchCase
	sqs         *queuetest.Server
	queue       *queuetest.Queue
	receiver    *receiver
	receiverURL string
	servers     []*httptest.Server
	folder      string   // with the certificate of queue and receiver
	trust       []string // environment variables with which a program trusts it
}

// measure adds a round.
func (r *result) measure(ctx context.Context) error {
	baseline, err := measure(ctx, &r.benchCase, startBaseline)
	if err != nil {
		return err
	}
	ours, err := measure(ctx, &r.benchCase, startForwarder)
	r.baseline, r.ours = append(r.baseline, baseline), append(r.ours, ours)
	return err
}

// measure makes one run: it starts everything, sends the events of the case to the baseline or the forwarder, and ends
// everything.
func measure(ctx context.Context, m *benchCase, start func(*run) (*child.Process, error)) (s sample, err error) {
	r := &run{benchCase: m, sqs: queuetest.New(), receiver: &receiver{
		delay: m.delay, answer: bytes.Repeat([]byte(" "), m.answer), arrived: make([]atomic.Int64, m.warmUp()+m.events),
	}}
	defer r.close()
	if r.folder, err = os.MkdirTemp("", "bench"); err != nil {
		return s, fmt.Errorf("make folder for the certificate: %w", err)
	}
	if r.sqs.URL, err = r.serve(m.sqsTLS, false, r.sqs, new(atomic.Int64)); err != nil {
		return s, err
	}
	r.queue = r.sqs.Create("bench", queuetest.Queue{VisibilityTimeout: 300})
	if r.receiverURL, err = r.serve(m.tls, m.http2, r.receiver, &r.receiver.connections); err != nil {
		return s, err
	}
	program, err := start(r)
	if err != nil {
		return s, err
	}
	defer program.Kill()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() { fail(program.Failure()) }()
	s, err = r.measure(ctx, program.Command.Process.Pid)
	if err = cmp.Or(context.Cause(ctx), err); err != nil {
		return s, err
	}
	return s, program.Stop(syscall.SIGTERM, stopTime)
}

// startForwarder starts the forwarder with the settings that the case needs, and otherwise the defaults.
func startForwarder(r *run) (*child.Process, error) {
	env := append(slices.Clone(r.trust),
		"AWS_ENDPOINT_URL="+r.sqs.URL, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"QUEUE_URL="+r.queue.URL, "FORMAT="+r.benchCase.format, "AUTH_TOKEN=bench",
		"ADMIN_ADDR=127.0.0.1:0", "LINGER="+r.benchCase.linger.String(),
	)
	if strings.HasPrefix(r.benchCase.format, "dispatch") {
		env = append(env, "DISPATCH_API_ENDPOINT="+strings.TrimPrefix(r.receiverURL, "http://"))
	} else {
		env = append(env, "SINK_URL="+r.receiverURL+"/events")
	}
	return child.Start(child.Options{Env: env}, *forwarder)
}

// serve listens on a free loopback port and counts connections. The certificate is the one that net/http/httptest has
// for tests.
func (r *run) serve(tls, http2 bool, handler http.Handler, connections *atomic.Int64) (string, error) {
	s := httptest.NewUnstartedServer(handler)
	r.servers = append(r.servers, s)
	s.EnableHTTP2 = http2
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		connections.Add(1)
		return ctx
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // a check whether it listens would be logged as a failed handshake
	if !tls && !http2 {
		s.Start()
		return s.URL, nil
	}
	s.StartTLS()
	file := filepath.Join(r.folder, "certificate.pem")
	r.trust = []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + r.folder}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return s.URL, os.WriteFile(file, text, 0o600)
}

func (r *run) close() {
	for _, s := range r.servers {
		s.CloseClientConnections()
		s.Close()
	}
	_ = os.RemoveAll(r.folder) // a leftover would be in the system's temporary folder
	runtime.GC()               // so that this run's garbage does not slow down the next one
}

// measure sends the events for warming up, then those that it measures.
func (r *run) measure(ctx context.Context, pid int) (s sample, err error) {
	m := r.benchCase
	if _, err := r.send(ctx, 0, m.warmUp()); err != nil {
		return s, fmt.Errorf("warm up: %w", err)
	}
	before, err := r.usage(pid)
	if err != nil {
		return s, err
	}
	if s, err = r.send(ctx, m.warmUp(), m.events); err != nil {
		return s, err
	}
	after, err := r.usage(pid)
	if err != nil {
		return s, err
	}
	events := float64(m.events)
	s[cpu] = (after[cpu] - before[cpu]) / events
	s[calls] = (after[calls] - before[calls]) * 1000 / events
	s[connections] = float64(r.receiver.connections.Load())
	s[peak] = after[peak]
	s[beyondHeld] += after[peak]
	sent, distinct, total := int64(len(r.receiver.arrived)), r.receiver.distinct.Load(), r.receiver.total.Load()
	if distinct != sent || total != sent { // the speed of such a run means nothing
		return s, fmt.Errorf("%d events were sent and %d of them arrived; with duplicates, %d arrived", sent, distinct, total)
	}
	return s, nil
}

// usage returns what a process has used so far: CPU time in µs, peak resident memory in MiB, and calls to SQS. The CPU
// time is exact to the nanosecond; /proc/PID/stat has only hundredths of a second.
func (r *run) usage(pid int) (s sample, err error) {
	const schedulerClock = 2 // of the per-process clocks, CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &t); err != nil {
		return s, fmt.Errorf("read CPU time of process %d, which works on Linux only: %w", pid, err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return s, fmt.Errorf("read peak memory: %w", err)
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	_, err = fmt.Sscan(line, &kib)
	stats := r.sqs.Stats()
	requests := -stats.Waiting // AWS bills the requests; long polls that still wait are left out
	for _, n := range stats.Requests {
		requests += n
	}
	return sample{cpu: float64(t.Nano()) / 1000, peak: kib / 1024, calls: float64(requests)}, err
}

// send sends n events, all at once or evenly, waits until all are deleted, and returns the figures that depend on when
// that was and on how many messages were in flight.
func (r *run) send(ctx context.Context, first, n int) (s sample, err error) {
	bodies := events(first, n, r.benchCase.size)
	began := time.Now()
	var sent []time.Time
	if r.benchCase.rate == 0 {
		r.queue.Send(bodies...) // waiting long polls are answered when the last message is on the queue
		began = time.Now()
	} else {
		for i, body := range bodies {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(r.benchCase.rate))))
			if ctx.Err() != nil {
				return s, ctx.Err()
			}
			sent = append(sent, time.Now())
			r.queue.Send(body)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	held := 0 // the most messages in flight at once
	err = r.queue.Wait(ctx, func(visible, inFlight int) bool {
		held = max(held, inFlight)
		return queuetest.Drained(visible, inFlight)
	})
	s[beyondHeld] = -float64(held*r.benchCase.size) / (1 << 20)
	s[perSecond], s[p50], s[p99] = float64(n)/time.Since(began).Seconds(), missing, missing
	if r.benchCase.rate > 0 { // the latency of a backlog would depend on its length
		latencies := make([]float64, n)
		for i, at := range sent {
			latencies[i] = float64(r.receiver.arrived[first+i].Load()-at.UnixNano()) / 1e6
		}
		s[perSecond], s[p50], s[p99] = missing, percentile(latencies, 50), percentile(latencies, 99)
	}
	return s, err
}
