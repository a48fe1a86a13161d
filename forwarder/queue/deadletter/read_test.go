package deadletter

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestEveryKindIsRead(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.dead.Put(w.refused(1))
		w.undel.Put(
			queuetest.Message{
				Body:       body(2),
				Attributes: attributes("ERROR_CODE", "NO_PERMISSIONS", "ERROR_MESSAGE", "queue policy", "RULE_ARN", "arn:x"),
			},
		)
		w.main.Send(body(3))
		w.dead.Send("no event")
		for range 3 { // the fourth receive would bring it, and moves it instead
			w.receive(w.main.URL)
			time.Sleep(31 * time.Second)
		}
		w.receive(w.main.URL)

		got := map[string]string{}
		seen, err := w.open().Read(w.Context(), Filter{}, func(l *Message) {
			got[l.EventID] = fmt.Sprint(l.Queue, "|", l.EventType, "|", l.Status, "|", l.Reason, "|", l.Receives)
			if l.EventID == "e-1" &&
				(l.Attributes["AWSTraceHeader"] != "Root=1-67-89" ||
					l.Attributes["event-type"] != "aws.ec2" ||
					l.Body() != body(1)) {
				w.Errorf("it is %+v", l)
			}
		})
		if err != nil || seen != (Result{Seen: 4, Handled: 4}) {
			w.Errorf("%+v, %v", seen, err)
		}
		for id, want := range map[string]string{
			"e-1": "q-dead-letters|aws.ec2|422|422 Unprocessable Entity|0",
			"e-2": "q-undelivered|aws.ec2|0|NO_PERMISSIONS: queue policy|0",
			"e-3": "q-dead-letters|aws.ec2|0|received too often|3",
		} {
			if got[id] != want {
				w.Errorf("%s is %s, want %s", id, got[id], want)
			}
			delete(got, id)
		}
		for _, one := range got {
			if one != "q-dead-letters|aws.sqs|0|no reason is stated|0" {
				w.Errorf("what is no event is %s", one)
			}
		}
		w.nothingLeased("after the look")
	})
}

// receive is another reader.
func (w *world) receive(url string) {
	other := &sqsQueue{client: w.open().main.client, url: url}
	if _, err := other.receive(w.Context()); err != nil {
		w.Fatal(err)
	}
	time.Sleep(leaseTime)
}

func TestManyAreReadOnceEach(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(500)
		var got []string
		slow := func(l *Message) {
			got = append(got, l.EventID)
			time.Sleep(time.Second) // the whole takes more than eight minutes, and what is held is renewed
		}
		if seen, err := w.open().Read(
			w.Context(),
			Filter{Status: 422},
			slow,
		); err != nil || seen.Seen != 500 ||
			seen.Hidden != 0 {
			w.Errorf("%+v, %v", seen, err)
		}
		slices.Sort(got)
		if len(got) != 250 || len(slices.Compact(got)) != 250 {
			w.Errorf("%d are shown, each once: %d", len(got), len(slices.Compact(got)))
		}
		w.nothingLeased("after the look")
	})
}

// TestManyOverASlowLink has each call take long: all that was read is still released within the minute.
func TestManyOverASlowLink(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(8000)
		w.wire.before = func(int) error {
			time.Sleep(100 * time.Millisecond)
			return nil
		}
		seen, err := w.open().Read(w.Context(), Filter{}, func(*Message) {})
		if err != nil || seen != (Result{Seen: 8000, Handled: 8000}) {
			w.Errorf("%+v, %v", seen, err)
		}
		w.nothingLeased("after the look")
	})
}

func TestWhatIsNotSeenIsSaid(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(25)
		w.receive(w.undel.URL) // nothing
		qs := w.open()
		if _, err := w.open().dead[0].receive(w.Context()); err != nil {
			w.Fatal(err)
		}
		if seen, err := qs.Read(
			w.Context(),
			Filter{},
			func(*Message) {},
		); err != nil ||
			seen != (Result{Seen: 15, Handled: 15, Hidden: 10}) {
			w.Errorf("while somebody else holds ten: %+v, %v", seen, err)
		}
	})
	inWorld(t, true, func(w *world) {
		w.fill(25) // of one message group, of which no more show while some are held
		if seen, err := w.open().Read(
			w.Context(),
			Filter{},
			func(*Message) {},
		); err != nil ||
			seen != (Result{Seen: 10, Handled: 10, Hidden: 15}) {
			w.Errorf("of a message group: %+v, %v", seen, err)
		}
		w.nothingLeased("after the look")
	})
}

// TestSample reads a few messages, and releases them: the same queues show them again, and then all of them, twice.
func TestSample(t *testing.T) {
	inWorld(t, false, func(w *world) {
		w.fill(25)
		qs := w.open()
		for range 2 {
			if sample, err := qs.Sample(w.Context()); err != nil || len(sample) != 10 {
				w.Errorf("a sample of %d, %v", len(sample), err)
			}
			w.nothingLeased("after the sample")
		}
		for range 2 {
			seen, err := qs.Read(w.Context(), Filter{}, func(*Message) {})
			if err != nil || seen != (Result{Seen: 25, Handled: 25}) {
				w.Errorf("%+v, %v", seen, err)
			}
		}
	})
}

func TestFilter(t *testing.T) {
	l := &Message{ID: "m-1", EventID: "e-1", Status: 422, Reason: "422 Unprocessable Entity: field Name"}
	for _, c := range []struct {
		filter Filter
		match  bool
	}{
		{Filter{}, true},
		{Filter{IDs: []string{"e-0", "e-1"}}, true},
		{Filter{IDs: []string{"m-1"}}, true},
		{Filter{IDs: []string{"e-2"}}, false},
		{Filter{Reason: "field name"}, true},
		{Filter{Reason: "field name", Status: 400}, false},
		{Filter{Reason: "timeout"}, false},
		{Filter{Status: 422, IDs: []string{"e-1"}}, true},
	} {
		if got := c.filter.Match(l); got != c.match {
			t.Errorf("%+v: %v", c.filter, got)
		}
	}
}

func TestQueuesThatAreNotFit(t *testing.T) {
	inWorld(t, false, func(w *world) {
		own := w.server.Create("own", queuetest.Queue{DeadLetter: w.undel, MaxReceiveCount: 2})
		if _, err := Open(
			w.Context(), w.config(), w.main.URL, own.URL,
		); err == nil || !strings.Contains(err.Error(), "queue own has") {
			w.Errorf("reading would move its messages: %v", err)
		}
		if _, err := Open(
			w.Context(),
			w.config(),
			w.main.URL,
			w.server.URL+"/000000000000/none",
		); err == nil ||
			!strings.Contains(err.Error(), "/none: no such queue") {
			w.Errorf("none: %v", err)
		}
	})
}
