package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// progress follows `stack up --json` and `stack down --json`.
type progress struct {
	show    *show
	begun   func() // called when the first thing is being made; may be nil
	targets int    // of the rules, that are not there yet
	open    func() // called when the way from every rule to the queue is open; may be nil
	partial []byte
}

// message is one line of the stack.
type message struct {
	Type    string  `json:"type"`
	Text    string  `json:"text"`
	Phase   string  `json:"phase"`
	Action  string  `json:"action"`
	What    string  `json:"what"`
	Why     string  `json:"why"`
	Address string  `json:"address"`
	Usual   float64 `json:"usualSeconds"`
	Elapsed float64 `json:"elapsedSeconds"`

	Finished int `json:"finished"`
	Total    int `json:"total"`

	Add     int `json:"add"`
	Remove  int `json:"remove"`
	Changes []struct {
		Mark, Kind, Name, Detail string
	} `json:"changes"`
}

const targetKind = "aws_cloudwatch_event_target."

// Write takes the stack's output, in whatever pieces it comes.
func (p *progress) Write(b []byte) (int, error) {
	p.partial = append(p.partial, b...)
	for {
		line, rest, whole := strings.Cut(string(p.partial), "\n")
		if !whole {
			return len(b), nil
		}
		p.partial = []byte(rest)
		var m message
		if json.Unmarshal([]byte(line), &m) == nil {
			p.take(m)
		}
	}
}

func (p *progress) take(m message) {
	switch m.Type {
	case "plan":
		p.plan(m)
	case "step":
		p.step(m)
	case "note":
		p.show.say("%s", m.Text)
	}
}

func (p *progress) plan(m message) {
	for _, c := range m.Changes {
		p.show.say("%s", strings.TrimSpace(fmt.Sprintf("%s  %-7s %-24s %s", c.Mark, c.Kind, c.Name, c.Detail)))
		if c.Kind == "rule" {
			p.targets++ // each has the queue for its one target
		}
	}
	p.show.say("%d to add, %d to destroy", m.Add, m.Remove)
}

// step says what takes long, and that it is over; the rest is too quick to be read.
func (p *progress) step(m message) {
	const long = 5 // seconds
	if p.begun != nil {
		p.begun()
		p.begun = nil
	}
	switch {
	case m.Phase == "started" && m.Usual > long:
		why := m.Why
		if why == "" {
			why = "the AWS provider waits until it is everywhere"
		}
		p.show.say("%s: %sing takes about %.0f s: %s", m.What, strings.TrimSuffix(m.Action, "e"), m.Usual, why)
	case m.Phase == "done" && m.Elapsed > long:
		p.show.say("%s: %sd after %.0f s", m.What, m.Action, m.Elapsed)
	case m.Phase == "failed":
		p.show.say("%s: failed", m.What)
	}
	p.show.wait("%d of %d: %s", m.Finished, m.Total, m.What)
	if m.Phase == "done" && m.Action == "create" && strings.Contains(m.Address, targetKind) {
		if p.targets--; p.targets == 0 && p.open != nil {
			p.open()
		}
	}
}
