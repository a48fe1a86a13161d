package sinktest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
	Mode             string // CloudEvents only: structured, binary or batch
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
	Accepted int // events, duplicates included
	Distinct int // events by id
	Rejected int // requests refused or cut, and events dropped
}

// accept takes an event, unless nobody wants it.
func (r *Receiver) accept(req *http.Request, e Received) {
	e.Header, e.At = req.Header.Clone(), time.Now()
	r.mu.Lock()
	if r.wanted != nil && !r.wanted[e.Type] {
		r.mu.Unlock()
		r.reject(req, http.StatusOK, "dropped: there is no subscription for "+e.Type)
		return
	}
	e.Copy = r.copies[e.ID]
	r.copies[e.ID]++
	r.counts.Accepted++
	if e.Copy == 0 {
		r.counts.Distinct++
	}
	r.events = append(r.events, e)
	if len(r.events) > r.limit {
		oldest := r.events[0].ID
		r.events = slices.Delete(r.events, 0, 1)
		if !slices.ContainsFunc(r.events, func(e Received) bool { return e.ID == oldest }) {
			delete(r.copies, oldest)
		}
	}
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	r.onEvent(e)
}

func (r *Receiver) reject(req *http.Request, status int, reason string) {
	j := Rejection{Status: status, Reason: reason, Header: req.Header.Clone(), At: time.Now()}
	r.mu.Lock()
	r.counts.Rejected++
	r.rejected = append(r.rejected, j)
	if len(r.rejected) > r.limit {
		r.rejected = slices.Delete(r.rejected, 0, 1)
	}
	r.mu.Unlock()
	r.onReject(j)
}

// Events are the accepted events in the order they came, duplicates included.
func (r *Receiver) Events() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Rejected are the refused requests in the order they came.
func (r *Receiver) Rejected() []Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.rejected)
}

// Counts sums up.
func (r *Receiver) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Wait blocks until n distinct events have been accepted or the context ends; the error says how many there were.
func (r *Receiver) Wait(ctx context.Context, n int) error {
	for {
		r.mu.Lock()
		distinct, changed := r.counts.Distinct, r.changed
		r.mu.Unlock()
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
