package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"
)

// progress shows what `stack up --json` and `stack down --json` print.
type progress struct {
	*Console
	onBegin func() // called when Terraform begins to create; may be nil
	onOpen  func() // called when every rule reaches the queue; may be nil
	targets int    // rules that do not reach the queue yet
	partial []byte // the beginning of a line
}

// message is one line of the stack command.
type message struct {
	Type     string  `json:"type"`
	Text     string  `json:"text"`
	Phase    string  `json:"phase"`
	Action   string  `json:"action"`
	What     string  `json:"what"`
	Why      string  `json:"why"`
	Address  string  `json:"address"`
	Usual    float64 `json:"usualSeconds"`
	Elapsed  float64 `json:"elapsedSeconds"`
	Finished int     `json:"finished"`
	Total    int     `json:"total"`
	Add      int     `json:"add"`
	Remove   int     `json:"remove"`
	Changes  []struct {
		Mark, Kind, Name, Detail string
	} `json:"changes"`
}

const targetResource = "aws_cloudwatch_event_target."

// Write takes the output in whatever pieces it comes.
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
			p.show(m)
		}
	}
}

func (p *progress) show(m message) {
	switch m.Type {
	case "plan":
		for _, c := range m.Changes {
			p.Print("%s", strings.TrimSpace(fmt.Sprintf("%s  %-7s %-24s %s", c.Mark, c.Kind, c.Name, c.Detail)))
			if c.Kind == "rule" {
				p.targets++ // each has one target, the queue
			}
		}
		p.Print("%d to add, %d to destroy", m.Add, m.Remove)
	case "step":
		p.showStep(m)
	case "note":
		p.Print("%s", m.Text)
	}
}

// showStep shows steps that take long; the others are too quick to be read.
func (p *progress) showStep(m message) {
	const long = 5 // seconds
	if p.onBegin != nil {
		p.onBegin()
		p.onBegin = nil
	}
	switch {
	case m.Phase == "started" && m.Usual > long:
		why := m.Why
		if why == "" {
			why = "the AWS provider waits until it is everywhere"
		}
		p.Print("%s: %sing takes about %.0f s: %s", m.What, strings.TrimSuffix(m.Action, "e"), m.Usual, why)
	case m.Phase == "done" && m.Elapsed > long:
		p.Print("%s: %sd after %.0f s", m.What, m.Action, m.Elapsed)
	case m.Phase == "failed":
		p.Print("%s: failed", m.What)
	}
	p.Waiting("%d of %d: %s", m.Finished, m.Total, m.What)
	if m.Phase == "done" && m.Action == "create" && strings.Contains(m.Address, targetResource) {
		if p.targets--; p.targets == 0 && p.onOpen != nil {
			p.onOpen()
		}
	}
}
