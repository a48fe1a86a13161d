package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// order is what the queue's process reads from its standard input.
type order struct {
	First, Events, Size int
	Rate                int           // events a second; 0: all at once
	Idle                time.Duration // nothing but counting
	Pollers             int64         // receives that have to be under way before
}

// report is its answer.
type report struct {
	Sent    []time.Time
	Started time.Time // the first message could be received
	Drained time.Time // the last message was deleted
	Calls   int64     // requests that came
	Polls   int64     // receives under way at the end
	Waiting int64     // and at the beginning
	Held    int       // messages in flight at once, at most
}

// runQueue is the process that the queue lives in. It first prints the queue's URL, and ends with its input.
func runQueue(p protocol, in io.Reader, out io.Writer) error {
	server := queuetest.New()
	server.URL = serve(p, server, nil).URL
	q := server.Create("bench", queuetest.Queue{VisibilityTimeout: 300})
	answers := json.NewEncoder(out)
	if err := answers.Encode(q.URL); err != nil {
		return err
	}
	orders := json.NewDecoder(in)
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, err := o.carryOut(server, q)
		if err != nil {
			return err
		}
		if err := answers.Encode(r); err != nil {
			return err
		}
	}
}

func (o *order) carryOut(server *queuetest.Server, q *queuetest.Queue) (r report, err error) {
	if err := o.await(server); err != nil {
		return r, err
	}
	before := server.Stats()
	if o.Idle > 0 {
		time.Sleep(o.Idle)
	} else {
		err = r.send(o, q)
	}
	after := server.Stats()
	r.Calls, r.Polls, r.Waiting = total(after)-total(before), after.Waiting, before.Waiting
	return r, err
}

// total is the number of requests of all operations: what AWS bills.
func total(s queuetest.Stats) (n int64) {
	for _, requests := range s.Requests {
		n += requests
	}
	return n
}

// await waits until all forwarders poll the queue.
func (o *order) await(server *queuetest.Server) error {
	for began := time.Now(); server.Stats().Waiting < o.Pollers; time.Sleep(time.Millisecond) {
		if time.Since(began) > drainTime {
			return fmt.Errorf("%d receives are under way, not %d", server.Stats().Waiting, o.Pollers)
		}
	}
	return nil
}

// send sends the events and waits until all are deleted.
func (r *report) send(o *order, q *queuetest.Queue) error {
	t := newTemplate(o.Size)
	if o.Rate == 0 {
		bodies := make([]string, o.Events)
		for i := range bodies {
			bodies[i] = t.event(o.First + i)
		}
		q.Send(bodies...) // long polls that wait are answered when the last one is in
		r.Started = time.Now()
	} else {
		r.sendEvenly(o, &t, q)
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := q.Wait(ctx, func(visible, inFlight int) bool {
		r.Held = max(r.Held, inFlight)
		return queuetest.Drained(visible, inFlight)
	})
	r.Drained = time.Now()
	return err
}

func (r *report) sendEvenly(o *order, t *template, q *queuetest.Queue) {
	r.Started = time.Now()
	for i := range o.Events {
		body := t.event(o.First + i)
		time.Sleep(time.Until(r.Started.Add(time.Duration(i) * time.Second / time.Duration(o.Rate))))
		r.Sent = append(r.Sent, time.Now())
		q.Send(body)
	}
}
