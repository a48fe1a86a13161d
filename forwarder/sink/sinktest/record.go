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
	Seq     int         `json:"seq"` // counts from 1
	At      time.Time   `json:"at"`
	Header  http.Header `json:"-"`
	Refused bool        `json:"-"`
	Status  int         `json:"status,omitempty"` // of a refusal: 0 without any answer, 200 if the event was dropped
	Reason  string      `json:"reason,omitempty"` // of a refusal

	ID          string         `json:"id,omitempty"`
	Type        string         `json:"type,omitempty"`
	Source      string         `json:"source,omitempty"`
	Subject     string         `json:"subject,omitempty"` // in the Dispatch dialects: the extension with that name
	Time        time.Time      `json:"time,omitzero"`
	ContentType string         `json:"-"`
	Data        []byte         `json:"-"` // as received, usually JSON; for Draft, the contents of the string
	Extensions  map[string]any `json:"-"`
	Mode        string         `json:"mode,omitempty"` // CloudEvents only: structured, binary or batch
	Copy        int            `json:"copy,omitempty"` // how many events kept before it have the same id
}

// Counts are the numbers of events and requests since a Receiver was created.
type Counts struct {
	Accepted int // events, duplicates included
	Distinct int // events by id
	Rejected int // requests refused or cut, and events dropped
}

// accept records an event, as refused if there is no subscription for it.
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
	switch e.Copy = r.copies(e.ID); {
	case e.Refused:
		r.counts.Rejected++
	case e.Copy == 0:
		r.counts.Distinct++
		fallthrough
	default:
		r.counts.Accepted++
	}
	e.Seq = r.counts.Accepted + r.counts.Rejected
	r.records = append(r.records, e)
	if r.Limit > 0 && len(r.records) > r.Limit {
		r.records = slices.Delete(r.records, 0, 1)
	}
	r.mu.Unlock()
	if r.OnRecord != nil {
		r.OnRecord(e)
	}
}

// copies counts the kept events with an id.
func (r *Receiver) copies(id string) (n int) {
	for i := range r.records {
		if !r.records[i].Refused && r.records[i].ID == id {
			n++
		}
	}
	return n
}

// Records returns all kept records in the order in which they came.
func (r *Receiver) Records() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

// Events returns the accepted events in the order in which they came, including duplicates.
func (r *Receiver) Events() []Record {
	return slices.DeleteFunc(r.Records(), func(e Record) bool { return e.Refused })
}

// Counts returns the counts so far.
func (r *Receiver) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Wait blocks until n distinct events have been accepted or the context ends; the error says how many there were.
func (r *Receiver) Wait(ctx context.Context, n int) error {
	for {
		distinct := r.Counts().Distinct
		if distinct >= n {
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("wait for %d events, %d came: %w", n, distinct, ctx.Err())
		}
	}
}
