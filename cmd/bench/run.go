package main

import (
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
	"syscall"
	"time"

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

// launch starts the program that is to be measured: the baseline or the forwarder.
type launch func(*run) (*child.Process, error)

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

// measure makes one run: it starts everything, sends the events of the case, and ends everything.
func measure(ctx context.Context, m *benchCase, start launch) (s sample, err error) {
	r := &run{benchCase: m, sqs: queuetest.New(), receiver: newReceiver(m)}
	defer r.close()
	if err := r.open(); err != nil {
		return s, err
	}
	program, err := start(r)
	if err != nil {
		return s, err
	}
	defer program.Kill()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() {
		<-program.Ended
		fail(program.Failure())
	}()
	s, err = r.measure(ctx, program.PID())
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
	if r.benchCase.format == dispatch || r.benchCase.format == sidecar {
		env = append(env, "DISPATCH_API_ENDPOINT="+strings.TrimPrefix(r.receiverURL, "http://"))
	} else {
		env = append(env, "SINK_URL="+r.receiverURL+"/events")
	}
	return child.Start(child.Options{Env: env}, *forwarder)
}

func (r *run) open() (err error) {
	if r.folder, err = os.MkdirTemp("", "bench"); err != nil {
		return fmt.Errorf("make folder for the certificate: %w", err)
	}
	if r.sqs.URL, err = r.serve(r.benchCase.queue, r.sqs, nil); err != nil {
		return err
	}
	r.queue = r.sqs.Create("bench", queuetest.Queue{VisibilityTimeout: 300})
	r.receiverURL, err = r.serve(r.benchCase.receiver, r.receiver, r.receiver.connection)
	return err
}

// serve listens on a free loopback port. The certificate is the one that net/http/httptest has for tests.
func (r *run) serve(p protocol, handler http.Handler, changed func(net.Conn, http.ConnState)) (string, error) {
	s := httptest.NewUnstartedServer(handler)
	r.servers = append(r.servers, s)
	s.EnableHTTP2, s.Config.ConnState = p == https2, changed
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the forwarder's search for the receiver is not an error
	if p == http1 {
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
	callsBefore := r.calls()
	cpuBefore, _, err := usage(pid)
	if err != nil {
		return s, err
	}
	result, err := r.send(ctx, m.warmUp(), m.events)
	if err != nil {
		return s, err
	}
	cpuAfter, memory, err := usage(pid)
	if err != nil {
		return s, err
	}
	events := float64(m.events)
	s = sample{
		perSecond:   events / result.took.Seconds(),
		cpu:         float64((cpuAfter - cpuBefore).Microseconds()) / events,
		peak:        memory,
		beyondHeld:  memory - float64(result.held*m.size)/(1<<20),
		calls:       float64(r.calls()-callsBefore) * 1000 / events,
		connections: float64(r.receiver.connections.Load()),
		p50:         missing, // for a backlog, it would depend on the length
		p99:         missing,
	}
	if m.rate > 0 {
		s[perSecond], s[p50], s[p99] = missing, percentile(result.latencies, 50), percentile(result.latencies, 99)
	}
	return s, r.receiver.check()
}

// calls returns how many requests SQS has got, which is what AWS bills, without the long polls that still wait.
func (r *run) calls() (n int64) {
	stats := r.sqs.Stats()
	for _, requests := range stats.Requests {
		n += requests
	}
	return n - stats.Waiting
}

// outcome is what send has measured.
type outcome struct {
	latencies []float64     // from send to arrival, sorted and in milliseconds, if the case has a rate
	took      time.Duration // from when the first message could be received to when the last one was deleted
	held      int           // the most messages in flight at once
}

// send sends n events, all at once or evenly, and waits until all are deleted.
func (r *run) send(ctx context.Context, first, n int) (o outcome, err error) {
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
				return o, ctx.Err()
			}
			sent = append(sent, time.Now())
			r.queue.Send(body)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	err = r.queue.Wait(ctx, func(visible, inFlight int) bool {
		o.held = max(o.held, inFlight)
		return queuetest.Drained(visible, inFlight)
	})
	o.took = time.Since(began)
	for i, at := range sent {
		o.latencies = append(o.latencies, float64(r.receiver.arrived[first+i].Load()-at.UnixNano())/1e6)
	}
	slices.Sort(o.latencies)
	return o, err
}
