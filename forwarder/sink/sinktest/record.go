package sinktest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Received is an accepted event.
type Received struct {
	ID, Type, Source string
	Subject          string // of the Dispatch dialects: the extension of that name
	Time             time.Time
	ContentType      string
	Data             []byte // as it came: JSON for most, the string's contents for Draft
	Extensions       map[string]any
	Namespace        string // Draft only
	SourceType       string // Draft only
	Mode             string // CloudEvents only: structured, binary or batch
	Dialect          Dialect
	Header           http.Header
	At               time.Time // when it was accepted
	Copy             int       // 0 at first, then how many of this id came before
}

// Rejection is a request that was refused, by the dialect's rules or by a fault, or an event that was taken and
// dropped.
type Rejection struct {
	Status int // 0 when it was not answered at all, 200 when the event was dropped
	Reason string
	Header http.Header
	At     time.Time
}

// Counts sums up what a Receiver has seen since it was made.
type Counts struct {
	Requests   int // POSTs
	Accepted   int // events, duplicates included
	Distinct   int // events by id
	Duplicates int // Accepted less Distinct
	Rejected   int // requests refused or cut, and events dropped
}

type record struct {
	mu       sync.Mutex
	events   []Received
	rejected []Rejection
	copies   map[string]int
	counts   Counts
	changed  chan struct{} // closed and replaced at every accepted event
}

func (l *record) request() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Requests++
}

func (l *record) accept(e Received, limit int) Received {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Copy = l.copies[e.ID]
	l.copies[e.ID]++
	l.counts.Accepted++
	if e.Copy == 0 {
		l.counts.Distinct++
	} else {
		l.counts.Duplicates++
	}
	l.events = append(l.events, e)
	if limit > 0 && len(l.events) > limit {
		oldest := l.events[0].ID
		l.events = slices.Delete(l.events, 0, 1)
		if !slices.ContainsFunc(l.events, func(e Received) bool { return e.ID == oldest }) {
			delete(l.copies, oldest)
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return e
}

func (l *record) reject(j Rejection, limit int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Rejected++
	l.rejected = append(l.rejected, j)
	if limit > 0 && len(l.rejected) > limit {
		l.rejected = slices.Delete(l.rejected, 0, 1)
	}
}

// Events are the accepted events in the order they came, duplicates included.
func (r *Receiver) Events() []Received {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return slices.Clone(r.log.events)
}

// Rejected are the refused requests in the order they came.
func (r *Receiver) Rejected() []Rejection {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return slices.Clone(r.log.rejected)
}

// Counts sums up.
func (r *Receiver) Counts() Counts {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.counts
}

// Wait blocks until n distinct events have been accepted or the context ends; the error says how many there were.
func (r *Receiver) Wait(ctx context.Context, n int) error {
	for {
		r.log.mu.Lock()
		distinct, changed := r.log.counts.Distinct, r.log.changed
		r.log.mu.Unlock()
		if distinct >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d events, %d came: %w", n, distinct, ctx.Err())
		}
	}
}
