package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

var whole = map[string]string{
	"status":     "422",
	"reason":     "422 Unprocessable Entity: no such type\x00",
	"event-id":   "e-1",
	"event-type": "aws.ec2",
	"message-id": "m-1",
}

func TestDeadLetter(t *testing.T) {
	s := queuetest.Start(t)
	for name, fifo := range map[string]bool{"standard": false, "ordered.fifo": true} {
		t.Run(name, func(t *testing.T) {
			dead := s.Create("dead-"+name, queuetest.Queue{FIFO: fifo})
			q := open(t, s, Options{URL: s.Create(name, queuetest.Queue{FIFO: fifo}).URL, DeadLetterURL: dead.URL})
			m := Message{ID: "id-1", Body: []byte("body"), Trace: "Root=1-5759e988-bd862e3fe1be46a994272793"}
			for range 2 {
				if err := q.DeadLetter(
					t.Context(), &m, map[string]string{"status": "422", "reason": "no such type\x00", "event-id": ""},
				); err != nil {
					t.Fatal(err)
				}
			}
			got := dead.Messages()
			if once := len(got) == 1; once != fifo || got[0].Attributes["reason"].StringValue != "no such type?" ||
				got[0].Body != "body" ||
				got[0].Attributes["status"].StringValue != "422" || len(got[0].Attributes) != 2 || got[0].Trace != m.Trace {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestDeadLetterNearTheLimit has bodies of up to what the dead-letter queue takes.
func TestDeadLetterNearTheLimit(t *testing.T) {
	for _, limit := range []int{1024, 262_144, 1 << 20} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			s := queuetest.Start(t)
			dead := s.Create("dead", queuetest.Queue{MaxMessageSize: limit})
			q := open(t, s, Options{URL: s.Create("q", queuetest.Queue{MaxMessageSize: limit}).URL, DeadLetterURL: dead.URL})
			for free, want := range map[int]int{0: 0, 10: 0, 26: 1, 60: 3, 100: 5, 1000: 5} {
				if free >= limit {
					continue
				}
				why := maps.Clone(whole)
				why["reason"] = strings.Repeat("é", 2000)
				m := Message{ID: "id-1", Body: bytes.Repeat([]byte("x"), limit-free)}
				if err := q.DeadLetter(t.Context(), &m, why); err != nil {
					t.Errorf("%d bytes less: %v", free, err)
					continue
				}
				all := dead.Messages()
				if got := all[len(all)-1].Attributes; len(got) != want {
					t.Errorf("%d bytes less: %d attributes, %v", free, len(got), got)
				}
			}
		})
	}
}

func TestDeadLetterThatIsTooLarge(t *testing.T) {
	s := queuetest.Start(t)
	dead := s.Create("dead", queuetest.Queue{MaxMessageSize: 2000})
	q := open(t, s, Options{URL: s.Create("q", queuetest.Queue{}).URL, DeadLetterURL: dead.URL})
	m := Message{ID: "id-1", Body: bytes.Repeat([]byte("x"), 2001)}
	err := q.DeadLetter(t.Context(), &m, whole)
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(
		err.Error(), "MaximumMessageSize is 2000 bytes and the event has 2001",
	) {
		t.Error(err)
	}
	if n := s.Stats().Requests["SendMessage"]; n != 0 {
		t.Errorf("%d requests", n)
	}
}

// ownOf makes n attributes of all types.
func ownOf(n int) map[string]types.MessageAttributeValue {
	own := map[string]types.MessageAttributeValue{}
	for i := range n {
		a := types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("é <&> \t" + fmt.Sprint(i))}
		switch i % 3 {
		case 1:
			a = types.MessageAttributeValue{DataType: aws.String("Number.int"), StringValue: aws.String("9007199254740993")}
		case 2:
			a = types.MessageAttributeValue{DataType: aws.String("Binary"), BinaryValue: []byte{0, 255, byte(i)}}
		}
		own[fmt.Sprint("own.", i)] = a
	}
	return own
}

// TestOwnAttributes has the SDK send messages with attributes, and read what the dead letters have of them.
func TestOwnAttributes(t *testing.T) {
	s := queuetest.Start(t)
	for name, own := range map[string]map[string]types.MessageAttributeValue{
		"none": ownOf(0), "one": ownOf(1), "three": ownOf(3), "five": ownOf(5), "six": ownOf(6), "ten": ownOf(10),
		"names of ours": {
			"reason":     {DataType: aws.String("String"), StringValue: aws.String("theirs")},
			"attributes": {DataType: aws.String("String"), StringValue: aws.String("{}")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			there := s.Create("q-"+strings.ReplaceAll(name, " ", "-"), queuetest.Queue{})
			dead := s.Create(there.Name+"-dead", queuetest.Queue{})
			q := open(t, s, Options{URL: there.URL, DeadLetterURL: dead.URL})
			if _, err := q.client.SendMessage(
				t.Context(), &sqs.SendMessageInput{QueueUrl: &there.URL, MessageBody: aws.String("b"), MessageAttributes: own},
			); err != nil {
				t.Fatal(err)
			}
			got, err := q.Receive(t.Context(), 1, 0)
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			if err := q.DeadLetter(t.Context(), &got[0], whole); err != nil {
				t.Fatal(err)
			}
			letter, err := q.client.ReceiveMessage(
				t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &dead.URL, MessageAttributeNames: []string{"All"}},
			)
			if err != nil || len(letter.Messages) != 1 {
				t.Fatal(err)
			}
			all := letter.Messages[0].MessageAttributes
			for name, value := range whole {
				if aws.ToString(all[name].StringValue) != strings.ReplaceAll(value, "\x00", "?") {
					t.Errorf("%s is %q", name, aws.ToString(all[name].StringValue))
				}
			}
			if diff := cmp.Diff(
				own, OwnAttributes(all), cmpopts.IgnoreUnexported(types.MessageAttributeValue{}), cmpopts.EquateEmpty(),
			); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAttributesAreAskedForAsNeeded reads what a receive asks for.
func TestAttributesAreAskedForAsNeeded(t *testing.T) {
	s := queuetest.Start(t)
	there := s.Create("q", queuetest.Queue{})
	dead := s.Create("dead", queuetest.Queue{})
	for _, c := range []struct {
		options Options
		want    []string
	}{
		{Options{}, nil},
		{Options{Attributes: []string{}}, nil},
		{Options{Attributes: []string{"own.0", "own.2"}}, []string{"own.0", "own.2"}},
		{Options{Attributes: []string{"own.0"}, DeadLetterURL: dead.URL}, []string{"All"}},
	} {
		c.options.URL = there.URL
		q := open(t, s, c.options)
		var request struct{ MessageAttributeNames []string }
		if err := json.Unmarshal(append(q.receive, '}'), &request); err != nil || !cmp.Equal(
			request.MessageAttributeNames, c.want,
		) {
			t.Errorf("%+v asks for %v, %v", c.options, request.MessageAttributeNames, err)
		}
		if _, err := q.client.SendMessage(
			t.Context(), &sqs.SendMessageInput{QueueUrl: &there.URL, MessageBody: aws.String("b"), MessageAttributes: ownOf(3)},
		); err != nil {
			t.Fatal(err)
		}
		got, err := q.Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		m := &got[0]
		if text := m.Attribute("own.0"); c.want != nil != (text == "é <&> \t0") || m.Attribute("none") != "" {
			t.Errorf("own.0 is %q", text)
		}
		if text := m.Attribute("own.2"); text != "" && text != "AP8C" || text == "" && len(c.want) > 1 {
			t.Errorf("own.2 is %q", text)
		}
		q.Delete(t.Context(), got)
	}
}

// TestFit gives dead letters all kinds of attributes and little room.
func TestFit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		own := attributes{}
		size := 0
		for i := range r.IntN(11) {
			name := fmt.Sprint("own.", i)
			if r.IntN(20) == 0 {
				name = reasonAttributes[r.IntN(len(reasonAttributes))]
			}
			if before, found := own[name]; found {
				size -= attributeSize(name, before)
			}
			own[name] = textAttribute(strings.Repeat("é", 1+r.IntN(40)))
			size += attributeSize(name, own[name])
		}
		why := maps.Clone(whole)
		why["reason"] = strings.Repeat("é", r.IntN(700))
		room := r.IntN(1500)
		got := fit(own, why, room)
		used, kept := 0, 0
		for name, a := range got {
			used += attributeSize(name, a)
			if text := aws.ToString(a.StringValue); text == "" || !utf8.ValidString(text) {
				t.Fatalf("%s is %q", name, text)
			}
			if name == packed {
				kept = len(own)
			} else if o, is := own[name]; is && aws.ToString(o.StringValue) == aws.ToString(a.StringValue) {
				kept++
			}
		}
		if used > room || len(got) > maxAttributes {
			t.Fatalf("%d bytes in %d, %d attributes", used, room, len(got))
		}
		if size <= room && kept < len(own) {
			t.Fatalf("%d of %d own ones are left, of %d bytes in %d: %v", kept, len(own), size, room, got)
		}
	}
}
