package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

const loopback = "127.0.0.1:0"

// scene is what happens to the forwarder: a load that comes and goes, a receiver that is away for a while, answers some requests with
// an error and refuses a few events for good, and a queue that now and then does not delete.
type scene struct {
	length time.Duration
	begun  time.Time
	served atomic.Int64
}

// The acts, as parts of the whole.
const (
	awayFrom, awayTo = 0.30, 0.52
	slowFrom, slowTo = 0.72, 0.82
	refuseEvery      = 997
	failEvery        = 150
	deletesFail      = 0.0005
)

func (s *scene) part() float64 { return float64(time.Since(s.begun)) / float64(s.length) }

func (s *scene) during(from, to float64) bool { return s.part() >= from && s.part() < to }

// rate is how many events come in a second.
func (s *scene) rate() float64 { return 300 + 120*math.Sin(s.part()*5*math.Pi) }

// ServeHTTP is the receiver.
func (s *scene) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n := s.served.Add(1)
	delay := 8 * time.Millisecond
	if s.during(slowFrom, slowTo) {
		delay = 400 * time.Millisecond
	}
	time.Sleep(delay)
	switch {
	case s.during(awayFrom, awayTo):
		w.WriteHeader(http.StatusServiceUnavailable)
	case n%refuseEvery == 0:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case n%failEvery == 0:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (s *scene) play(ctx context.Context, forwarder, metrics string) error {
	s.begun = time.Now()
	server := queuetest.New(queuetest.WithFaults(queuetest.Chances{Entry: deletesFail}.Random(1).Only("DeleteMessageBatch")))
	if err := server.Listen(ctx, loopback); err != nil {
		return fmt.Errorf("open a queue: %w", err)
	}
	defer server.Close()
	dead := server.Create("dead", queuetest.Queue{})
	q := server.Create("events", queuetest.Queue{VisibilityTimeout: 30, DeadLetter: dead, MaxReceiveCount: 10})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback)
	if err != nil {
		return fmt.Errorf("open a receiver: %w", err)
	}
	receiver := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = receiver.Serve(listener) }() // ends with the server
	defer func() { _ = receiver.Close() }()
	child, err := start(ctx, []string{
		"AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_CA_BUNDLE=", "LOG_LEVEL=warn",
		"QUEUE_URL=" + q.URL, "DEAD_LETTER_QUEUE_URL=" + dead.URL, "SINK_URL=http://" + listener.Addr().String() + "/", "ADMIN_ADDR=" + metrics,
	}, forwarder)
	if err != nil {
		return err
	}
	defer child.end()
	return s.send(ctx, q)
}

// send puts events into the queue until the scene is over, ten times a second.
func (s *scene) send(ctx context.Context, q *queuetest.Queue) error {
	const often = 10
	tick := time.NewTicker(time.Second / often)
	defer tick.Stop()
	for n, due := 0, 0.0; time.Since(s.begun) < s.length; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		for due += s.rate() / often; due >= 1; due-- {
			n++
			q.Send(fmt.Sprintf(`{"version":"0","id":"e-%d","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"123456789012",`+
				`"time":%q,"region":"us-west-2","resources":[],"detail":{"state":"stopped"}}`, n, time.Now().Add(-200*time.Millisecond).UTC().Format(time.RFC3339Nano)))
		}
	}
	return nil
}
