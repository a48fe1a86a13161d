package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// TestTerminalsObeyNobody prints what others have written in all the ways that the command has.
func TestTerminalsObeyNobody(t *testing.T) {
	const evil = "a\x1b[31mb\u009b31mc\u202ed\x7f\x07"
	data, err := json.Marshal(map[string]string{"k": evil})
	if err != nil {
		t.Fatal(err)
	}
	for name, print := range map[string]func(c *program, out *bytes.Buffer){
		"an error":          func(c *program, _ *bytes.Buffer) { c.explain(errors.New(evil), false) },
		"an error as JSON":  func(c *program, _ *bytes.Buffer) { c.explain(errors.New(evil), true) },
		"a note":            func(_ *program, out *bytes.Buffer) { plain{out: out}.Note(evil) },
		"a note above bars": func(_ *program, out *bytes.Buffer) { newBars(out, false).Note(evil) },
		"a table":           func(_ *program, out *bytes.Buffer) { writeTable(out, [][]string{{"~", "queue", evil}}) },
		"what the forwarder says": func(_ *program, out *bytes.Buffer) {
			from := &readiness{Queue: "ok", Receiver: evil, Delivered: evil, Unreachable: evil}
			writeDiagnosis(out, stack.Status{Resources: []stack.Resource{{Kind: "queue"}}}, from, ofForwarder(from))
		},
		"a dead letter": func(_ *program, out *bytes.Buffer) {
			writeMessage(out, &deadletter.Message{Reason: evil, EventID: evil, EventType: evil, Time: time.Now()})
			writeWhole(out, &deadletter.Message{Reason: evil, Attributes: map[string]string{evil: evil}})
		},
		"an event": func(_ *program, out *bytes.Buffer) {
			e := event.New("", evil, []byte(evil), time.Now())
			writeEvent(out, &seen{Event: e, Line: relay.Line{Fate: "refused", Reason: evil}})
		},
		"an event as JSON": func(_ *program, out *bytes.Buffer) {
			out.Write(jsonLine(data))
			out.Write(jsonLine([]byte(evil)))
		},
		"a line of JSON": func(_ *program, out *bytes.Buffer) { writeJSON(out, evil) },
		"a check": func(_ *program, out *bytes.Buffer) {
			of := pattern.Event{File: evil, Text: data}
			r := result{Event: of, name: evil, mismatches: []pattern.Mismatch{{Path: evil, Wants: evil, Has: evil}}}
			c := comparison{out: out}
			c.show(r)
			c.showBad(of, errors.New(evil))
			c.json = true
			c.show(r)
			c.showBad(of, errors.New(evil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			print(&program{stdout: &out, stderr: &out}, &out)
			got := out.String()
			if got == "" || strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), func(r rune) bool {
				return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
			}) {
				t.Errorf("it prints %q", got)
			}
		})
	}
}
