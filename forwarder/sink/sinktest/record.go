package sinktest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Record is an event that was accepted or dropped, or a request that was refused, by the dialect's rules or by a fault.
type Record struct {
	Seq     int // counts from 1
	At      time.Time
	Header  http.Header
	Refused bool
	Status  int    // of a refusal: 0 when it was not answered at all, 200 when the event was dropped
	Reason  string // of a refusal

	ID, Type, Source string
	Subject          string // of the Dispatch dialects: the extension of that name
	Time             time.Time
	ContentType      string
	Data             []byte // as it came: JSON for most, the string's contents for Draft
	Extensions       map[string]any
	Mode             string // CloudEvents only: structured, binary or batch
	Copy             int    // 0 at first, then how many of this id came before
}

// Counts sums up what a Receiver has seen since it was made.
type Counts struct {
	Accepted int // events, duplicates included
	Distinct int // events by id
	Rejected int // requests refused or cut, and events dropped
}

// accept takes an event, unless nobody wants it.
func (r *Receiver) accept(req *http.Request, e Record) {
	r.mu.Lock()
	isWanted := r.Subscriptions == nil || slices.Contains(r.Subscriptions, e.Type)
	r.mu.Unlock()
	if isWanted {
		r.record(req, e)
	} else {
		r.reject(req, http.StatusOK, "dropped: there is no subscription for "+e.Type)
	}
}

func (r *Receiver) reject(req *http.Request, status int, reason string) {
	r.record(req, Record{Refused: true, Status: status, Reason: reason})
}

func (r *Receiver) record(req *http.Request, e Record) {
	e.Header, e.At = req.Header.Clone(), time.Now()
	r.mu.Lock()
	switch e.Copy = r.copies[e.ID]; {
	case e.Refused:
		r.counts.Rejected++
	case e.Copy == 0:
		r.counts.Distinct++
		fallthrough
	default:
		r.counts.Accepted++
		r.copies[e.ID]++
	}
	e.Seq = r.counts.Accepted + r.counts.Rejected
	r.records = append(r.records, e)
	if r.Limit > 0 && len(r.records) > r.Limit {
		r.forget()
	}
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	if r.OnRecord != nil {
		r.OnRecord(e)
	}
}

// forget forgets the oldest record. Duplicates are recognised among those that are kept.
func (r *Receiver) forget() {
	oldest := r.records[0]
	r.records = slices.Delete(r.records, 0, 1)
	if !slices.ContainsFunc(r.records, func(e Record) bool { return !e.Refused && e.ID == oldest.ID }) {
		delete(r.copies, oldest.ID)
	}
}

// Records are all that are kept, in the order in which they came.
func (r *Receiver) Records() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

// Events are the accepted events in the order they came, duplicates included.
func (r *Receiver) Events() []Record {
	return slices.DeleteFunc(r.Records(), func(e Record) bool { return e.Refused })
}

// Rejected are the refusals in the order they came.
func (r *Receiver) Rejected() []Record {
	return slices.DeleteFunc(r.Records(), func(e Record) bool { return !e.Refused })
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
