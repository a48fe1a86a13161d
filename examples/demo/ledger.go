package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

const (
	scheduledType = "aws.events"
	objectType    = "aws.s3"
	// bigNumber is more than a float64 can hold exactly: it arrives only if nobody has parsed the data on the way.
	bigNumber = "9007199254740993"
)

// ledger compares what was put with what arrives. Events are known by their ID, objects by their key.
type ledger struct {
	whole chan struct{} // closed when all that matches has arrived, and an event of the schedule

	mu         sync.Mutex
	first      time.Time       // when the first event arrived
	matching   map[string]bool // whether it has arrived
	others     map[string]bool // what must not arrive: whether it has
	scheduled  int
	duplicates int
	problems   []error
	isComplete bool // nothing more will be put
}

func newLedger() *ledger {
	return &ledger{matching: map[string]bool{}, others: map[string]bool{}, whole: make(chan struct{})}
}

// put records an event's ID, or an object's key, before it can arrive.
func (l *ledger) put(key string, matches bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(key, matches)
}

// putWithID records an event that gets its ID by being put. It may arrive before its ID is known here, so deliveries
// wait meanwhile.
func (l *ledger) putWithID(matches bool, put func() (id string, err error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, err := put()
	if err == nil {
		l.record(id, matches)
	}
	return err
}

func (l *ledger) record(key string, matches bool) {
	if matches {
		l.matching[key] = false
	} else {
		l.others[key] = false
	}
}

// complete says that nothing more will be put.
func (l *ledger) complete() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isComplete = true
	l.checkWhole()
}

// deliver records what arrived and what is wrong with it.
func (l *ledger) deliver(d pipeline.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.checkWhole()
	if d.Kind == "rejected" {
		l.problem("the receiver refused a request: %d %s", d.Status, d.Reason)
		return
	}
	if l.first.IsZero() {
		l.first = time.Now()
	}
	key := d.ID
	if d.Type == objectType {
		key = d.Subject
	}
	_, matches := l.matching[key]
	_, isOther := l.others[key]
	switch {
	case d.Copy > 0:
		l.duplicates++
	case !strings.Contains(d.Data, `"id": "`+d.ID+`"`):
		l.problem("event %s does not hold the AWS event of that ID", d.ID)
	case d.Type == scheduledType:
		l.scheduled++
	case matches:
		l.matching[key] = true
	case isOther:
		l.others[key] = true
		l.problem("%s %s arrived, but matches no pattern", d.Type, key)
	default:
		l.problem("%s %s arrived, but nobody put it", d.Type, key)
	}
}

func (l *ledger) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(format, args...))
}

// checkWhole closes whole when nothing is missing any more.
func (l *ledger) checkWhole() {
	select {
	case <-l.whole:
		return
	default:
	}
	if l.isComplete && l.scheduled > 0 && count(l.matching) == len(l.matching) {
		close(l.whole)
	}
}

// count is how many have arrived.
func count(arrived map[string]bool) int {
	n := 0
	for _, has := range arrived {
		if has {
			n++
		}
	}
	return n
}

// firstArrival is when the first event arrived.
func (l *ledger) firstArrival() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// verdict is what was not as it should be.
func (l *ledger) verdict() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := errors.Join(l.problems...)
	for key, arrived := range l.matching {
		if !arrived {
			err = errors.Join(err, fmt.Errorf("%s did not arrive", key))
		}
	}
	if l.scheduled == 0 {
		err = errors.Join(err, errors.New("the schedule sent nothing"))
	}
	return err
}

// summary is the ledger in one line.
func (l *ledger) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	const format = "put %d: matching %d, delivered %d; not matching %d, delivered %d; of the schedule %d; duplicates %d"
	return fmt.Sprintf(format,
		len(l.matching)+len(l.others), len(l.matching), count(l.matching), len(l.others), count(l.others),
		l.scheduled, l.duplicates)
}
