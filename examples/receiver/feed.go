package main

import (
	"slices"
	"sync"
)

// feed keeps the latest entries and lets many readers follow them. A reader that is slow misses the oldest, and holds
// up nobody.
type feed struct {
	mu      sync.Mutex
	limit   int
	entries []entry
	counts  counts
	changed chan struct{} // closed and replaced with every entry
}

// counts are of all entries, not only of those that are kept.
type counts struct {
	Events     int `json:"events"`
	Duplicates int `json:"duplicates"`
	Rejected   int `json:"rejected"`
}

func (c counts) all() int { return c.Events + c.Duplicates + c.Rejected }

func newFeed(limit int) *feed { return &feed{limit: limit, changed: make(chan struct{})} }

// add numbers the entry and hands it to the readers.
func (f *feed) add(e entry) entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case e.Kind == "rejected":
		f.counts.Rejected++
	case e.Copy > 0:
		f.counts.Duplicates++
	default:
		f.counts.Events++
	}
	e.Seq = f.counts.all()
	f.entries = append(f.entries, e)
	if over := len(f.entries) - f.limit; over > 0 {
		f.entries = slices.Delete(f.entries, 0, over)
	}
	close(f.changed)
	f.changed = make(chan struct{})
	return e
}

// touch wakes the readers although there is no entry.
func (f *feed) touch() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// since returns the entries after a number, the counts, and what is closed when there is more.
func (f *feed) since(seq int) ([]entry, counts, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.entries, func(e entry) bool { return e.Seq > seq })
	if i < 0 {
		return nil, f.counts, f.changed
	}
	return slices.Clone(f.entries[i:]), f.counts, f.changed
}
