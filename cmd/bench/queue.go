package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// order is what the queue's process reads from its standard input.
type order struct {
	First, Events int
	Rate          int           // events a second; 0: all at once
	Idle          time.Duration // nothing but counting
	Pollers       int64         // receives that have to be under way before
}

// report is its answer.
type report struct {
	Sent    []time.Time
	Started time.Time // the first message could be received
	Drained time.Time // the last message was deleted
	Calls   int64     // requests that came: what AWS bills
	Polls   int64     // receives under way at the end
	Waiting int64     // and at the beginning
	Held    int       // messages in flight at once, at most
}

// runQueue is the process that the queue lives in. It first prints the queue's URL, and ends with its input.
func runQueue(ctx context.Context, t *task) error {
	server := queuetest.New()
	server.URL = serve(t.Mode.Queue, server, nil).URL
	q := server.Create("bench", queuetest.Queue{VisibilityTimeout: 300})
	orders, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	if err := answers.Encode(q.URL); err != nil {
		return err
	}
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, err := o.carryOut(ctx, server, q, t.Mode.Size)
		if err != nil {
			return err
		}
		if err := answers.Encode(r); err != nil {
			return err
		}
	}
}

func (o *order) carryOut(ctx context.Context, s *queuetest.Server, q *queuetest.Queue, size int) (r report, err error) {
	for began := time.Now(); s.Stats().Waiting < o.Pollers; time.Sleep(time.Millisecond) {
		if time.Since(began) > drainTime {
			return r, fmt.Errorf("%d receives are under way, not %d", s.Stats().Waiting, o.Pollers)
		}
	}
	before := s.Stats()
	if o.Idle > 0 {
		time.Sleep(o.Idle)
	} else {
		err = r.send(ctx, o, q, size)
	}
	after := s.Stats()
	for operation, requests := range after.Requests {
		r.Calls += requests - before.Requests[operation]
	}
	r.Polls, r.Waiting = after.Waiting, before.Waiting
	return r, err
}

// send sends the events, all at once or evenly, and waits until all are deleted.
func (r *report) send(ctx context.Context, o *order, q *queuetest.Queue, size int) error {
	bodies := events(o.First, o.Events, size)
	if o.Rate == 0 {
		q.Send(bodies...) // long polls that wait are answered when the last one is in
		r.Started = time.Now()
	} else {
		r.Started = time.Now()
		for i, body := range bodies {
			time.Sleep(time.Until(r.Started.Add(time.Duration(i) * time.Second / time.Duration(o.Rate))))
			r.Sent = append(r.Sent, time.Now())
			q.Send(body)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	err := q.Wait(ctx, func(visible, inFlight int) bool {
		r.Held = max(r.Held, inFlight)
		return queuetest.Drained(visible, inFlight)
	})
	r.Drained = time.Now()
	return err
}
