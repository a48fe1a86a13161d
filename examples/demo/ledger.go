package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// delivery is a line of the receiver.
type delivery struct {
	Kind    string `json:"kind"`
	URL     string `json:"url"`
	ID      string `json:"id"`
	Type    string `json:"type"`
	Subject string `json:"subject"`
	Copy    int    `json:"copy"`
	Data    string `json:"data"`
	Status  int    `json:"status"`
	Reason  string `json:"reason"`
}

const (
	scheduled  = "aws.events"
	objectType = "aws.s3"
	// bigNumber is more than a float64 can hold exactly: it arrives only if nobody has parsed the data on the way.
	bigNumber = "9007199254740993"
)

// ledger holds what was put against what arrives. Put events are known by id, objects by key.
type ledger struct {
	mu         sync.Mutex
	matching   map[string]bool // key → has arrived
	others     map[string]bool // key → is not to arrive
	scheduled  int
	duplicates int
	wrong      []string
	whole      bool      // all has been put
	arrival    time.Time // of the first
	changed    chan struct{}
}

func newLedger() *ledger {
	return &ledger{matching: map[string]bool{}, others: map[string]bool{}, changed: make(chan struct{}, 1)}
}

// put writes down an event, or an object's key, before it can arrive.
func (l *ledger) put(key string, matches bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(key, matches)
}

// putWithID does the same for an event that gets its id by being put; it may arrive before that is known here, so what
// arrives waits.
func (l *ledger) putWithID(matches bool, put func() (id string, err error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, err := put()
	if err == nil {
		l.write(id, matches)
	}
	return err
}

func (l *ledger) write(key string, matches bool) {
	if matches {
		l.matching[key] = false
	} else {
		l.others[key] = true
	}
}

// complete says that nothing more will be put.
func (l *ledger) complete() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.whole = true
}

// deliver writes down what arrived and says what is wrong with it.
func (l *ledger) deliver(d delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	if l.arrival.IsZero() && d.Kind != "rejected" {
		l.arrival = time.Now()
	}
	key := d.ID
	if d.Type == objectType {
		key = d.Subject
	}
	_, wanted := l.matching[key]
	switch {
	case d.Kind == "rejected":
		l.wrong = append(l.wrong, fmt.Sprintf("the receiver refused a request: %d %s", d.Status, d.Reason))
	case d.Copy > 0:
		l.duplicates++
	case !strings.Contains(d.Data, `"id": "`+d.ID+`"`):
		l.wrong = append(l.wrong, fmt.Sprintf("event %s does not hold the AWS event of that id", d.ID))
	case d.Type == scheduled:
		l.scheduled++
	case wanted:
		l.matching[key] = true
	case l.others[key]:
		l.wrong = append(l.wrong, fmt.Sprintf("%s %s arrived, but matches no pattern", d.Type, key))
	default:
		l.wrong = append(l.wrong, fmt.Sprintf("%s %s arrived, but nobody put it", d.Type, key))
	}
}

func (l *ledger) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// missing counts what has still to arrive; one scheduled event is expected, too.
func (l *ledger) missing() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, arrived := range l.matching {
		if !arrived {
			n++
		}
	}
	if l.scheduled == 0 || !l.whole {
		n++
	}
	return n
}

// first is when the first event arrived.
func (l *ledger) first(since time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.arrival.Sub(since)
}

// verdict is what was not as it has to be.
func (l *ledger) verdict() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, w := range l.wrong {
		errs = append(errs, errors.New(w))
	}
	for key, arrived := range l.matching {
		if !arrived {
			errs = append(errs, fmt.Errorf("%s did not arrive", key))
		}
	}
	if l.scheduled == 0 {
		errs = append(errs, errors.New("the schedule sent nothing"))
	}
	return errors.Join(errs...)
}

// sum is the ledger in one line.
func (l *ledger) sum() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	delivered := 0
	for _, arrived := range l.matching {
		if arrived {
			delivered++
		}
	}
	return fmt.Sprintf("put %d: matching %d, delivered %d; not matching %d, delivered %d; of the schedule %d; duplicates %d",
		len(l.matching)+len(l.others), len(l.matching), delivered, len(l.others), l.strays(), l.scheduled, l.duplicates)
}

func (l *ledger) strays() int {
	n := 0
	for _, w := range l.wrong {
		if strings.HasSuffix(w, "matches no pattern") {
			n++
		}
	}
	return n
}
