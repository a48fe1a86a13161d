package deadletter

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// refusal is the reason for which a receiver takes no event, as the forwarder puts it into attributes.
var refusal = map[string]string{
	"status":     "422",
	"reason":     "422 Unprocessable Entity",
	"event-id":   "e-1",
	"event-type": "aws.ec2",
	"message-id": "m-1",
}

// TestAttributesComeBack has the forwarder's queue put messages aside, and SQS those that are received too often: sent
// back, they have the attributes that they had.
func TestAttributesComeBack(t *testing.T) {
	ten := map[string]queuetest.Attribute{"b": {DataType: "Binary.png", BinaryValue: []byte{0, 255}}}
	for i := range 9 {
		ten[fmt.Sprint("own.", i)] = queuetest.Attribute{DataType: "Number", StringValue: fmt.Sprint(i)}
	}
	for name, own := range map[string]map[string]queuetest.Attribute{
		"none": nil, "one": attributes("tenant", "7"), "ten": ten,
		"names of ours": attributes("reason", "theirs", "status", "theirs"),
	} {
		for how, aside := range map[string]func(w *world){
			"refused": func(w *world) {
				q, err := queue.Open(w.Context(), w.config(), queue.Options{URL: w.main.URL, DeadLetterURL: w.dead.URL})
				if err != nil {
					w.Fatal(err)
				}
				got, err := q.Receive(w.Context(), 1, 0)
				if err != nil || len(got) != 1 {
					w.Fatal(got, err)
				}
				if err := q.DeadLetter(w.Context(), &got[0], refusal); err != nil {
					w.Fatal(err)
				}
				if err := q.Delete(w.Context(), got)[0]; err != nil {
					w.Fatal(err)
				}
			},
			"received too often": func(w *world) { w.exhaust() },
			"refused, sent back by SQS, refused again": func(w *world) {
				again := maps.Clone(own)
				if again == nil {
					again = map[string]queuetest.Attribute{}
				}
				maps.Copy(again, attributes("status", "422", "message-id", "m-0"))
				if name != "one" && name != "none" {
					return // there is no place for more
				}
				w.exhaust()
				w.purge()
				w.main.Put(queuetest.Message{Body: body(1), Attributes: again})
				w.exhaust()
			},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				inWorld(t, false, func(w *world) {
					w.main.Put(queuetest.Message{Body: body(1), Attributes: own})
					aside(w)
					if len(w.dead.Messages()) == 0 {
						return
					}
					if r := w.redriven(w.Context()); r.Handled != 1 {
						w.Errorf("%+v", r)
					}
					if diff := cmp.Diff(own, w.main.Messages()[0].Attributes, cmpopts.EquateEmpty()); diff != "" {
						w.Error(diff)
					}
				})
			})
		}
	}
}

// purge empties the dead-letter queue.
func (w *world) purge() {
	if _, err := w.open().Purge(w.Context(), Filter{}, ignore); err != nil {
		w.Fatal(err)
	}
}
