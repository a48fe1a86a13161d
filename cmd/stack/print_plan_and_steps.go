package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// plain shows a run to a person, as plain lines, on a terminal as well as in a log.
type plain struct {
	out     io.Writer
	colours useColours
}

func (p plain) Note(text string) { _, _ = fmt.Fprintln(p.out, terminal.Lines(text)) }

func (p plain) Planned(plan stack.Plan) { writePlan(p.out, plan, p.colours) }

// Step does not report the start of a step that is so short that nobody could read it.
func (p plain) Step(s stack.Step) {
	switch s.Phase {
	case stack.Started:
		if s.Usual > 5*time.Second {
			p.step(s, fmt.Sprintf("%s; takes about %s: %s", present(s.Action), s.Usual, s.Reason))
		}
	case stack.Running:
		p.step(s, fmt.Sprintf("still %s, %s", present(s.Action), s.Elapsed))
	case stack.Done:
		p.step(s, past(s.Action)+" after "+s.Elapsed.String())
	case stack.Failed, stack.CutOff:
		p.step(s, string(s.Phase))
	}
}

func (p plain) step(s stack.Step, text string) {
	width := len(fmt.Sprint(s.Total))
	_, _ = fmt.Fprintf(p.out, "[%*d/%d] %s: %s\n", width, s.Finished, s.Total, s.What, text)
}

func present(action string) string { return strings.TrimSuffix(action, "e") + "ing" }

func past(action string) string { return action + "d" }

// writePlan shows what would change, with a line for each change.
func writePlan(out io.Writer, plan stack.Plan, colours useColours) {
	where := fmt.Sprintf("Stack %s in %s, account %s:", plan.Stack, plan.Region, plan.Account)
	switch {
	case plan.Empty() && plan.Destroy:
		_, _ = fmt.Fprintln(out, where, "Nothing to destroy.")
		return
	case plan.Empty():
		_, _ = fmt.Fprintln(out, where, "No changes.")
		return
	}
	_, _ = fmt.Fprintln(out, where)
	_, _ = io.WriteString(out, changeTable(plan.Lines, colours))
	if plan.Adopt > 0 {
		_, _ = fmt.Fprintf(out, "%d to adopt, ", plan.Adopt)
	}
	_, _ = fmt.Fprintf(out, "%d to add, %d to change, %d to destroy.\n", plan.Add, plan.Change, plan.Remove)
}

// changeTable returns the table of a plan, or of drift.
func changeTable(lines []stack.Line, colours useColours) string {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{colours.mark(l.Mark), l.Kind, l.Name, l.Detail})
	}
	return table(rows)
}

// jsonLines shows a run to a program: one object on each line, whose "type" says what it is.
type jsonLines struct{ out io.Writer }

func (j jsonLines) Note(text string) {
	writeJSON(j.out, map[string]any{"type": "note", "text": text})
}

func (j jsonLines) Planned(p stack.Plan) {
	p.Lines = append([]stack.Line{}, p.Lines...) // an empty array, not null, if nothing changes
	writeJSON(j.out, struct {
		Type string `json:"type"`
		stack.Plan
	}{"plan", p})
}

func (j jsonLines) Step(s stack.Step) {
	writeJSON(j.out, map[string]any{
		"type": "step", "phase": s.Phase, "action": s.Action, "what": s.What, "address": s.Address,
		"elapsedSeconds": s.Elapsed.Seconds(), "usualSeconds": s.Usual.Seconds(), "why": s.Reason,
		"finished": s.Finished, "total": s.Total,
	})
}
