package main

import (
	"encoding/json"
	"io"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// jsonLines shows a run to a program: one object a line, told apart by its "type".
type jsonLines struct{ out io.Writer }

func (j jsonLines) Note(text string) {
	writeLine(j.out, map[string]any{"type": "note", "text": text})
}

func (j jsonLines) Planned(p stack.Plan) {
	changes := []map[string]string{}
	for _, l := range p.Lines {
		changes = append(changes, map[string]string{"mark": l.Mark, "kind": l.Kind, "name": l.Name, "detail": l.Detail, "address": l.Address})
	}
	writeLine(j.out, map[string]any{
		"type": "plan", "stack": p.Stack, "region": p.Region, "account": p.Account, "endpoint": p.Endpoint, "destroy": p.Destroy,
		"changes": changes, "lost": p.Lost, "add": p.Add, "adopt": p.Adopt, "change": p.Change, "remove": p.Remove,
	})
}

func (j jsonLines) Step(s stack.Step) {
	writeLine(j.out, map[string]any{
		"type": "step", "phase": s.Phase, "action": s.Action, "what": s.What, "address": s.Address,
		"elapsedSeconds": s.Elapsed.Seconds(), "usualSeconds": s.Usual.Seconds(), "why": s.Why, "finished": s.Finished, "total": s.Total,
	})
}

// writeLine writes one object on one line. What is encoded here always can be.
func writeLine(out io.Writer, v any) {
	e := json.NewEncoder(terminal.Writer{Writer: out})
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}
