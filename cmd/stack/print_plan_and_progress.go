package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// progress shows a run as it goes on: to a person in plain lines, on a terminal as well as in a log, and to a program
// as one JSON object on each line, whose "type" says what it is.
type progress struct {
	out     io.Writer
	json    bool
	colours bool
}

// Note implements stack.Reporter.
func (p progress) Note(text string) {
	_ = show(p.out, p.json, map[string]any{"type": "note", "text": text}, terminal.Lines(text)+"\n")
}

// Planned implements stack.Reporter.
func (p progress) Planned(plan stack.Plan) {
	plan.Lines = append([]stack.Line{}, plan.Lines...) // an empty array, not null, if nothing changes
	object := struct {
		Type string `json:"type"`
		stack.Plan
	}{"plan", plan}
	_ = show(p.out, p.json, object, planText(plan, p.colours))
}

// planText has a line for each change.
func planText(plan stack.Plan, colours bool) string {
	text := fmt.Sprintf("Stack %s in %s, account %s:", plan.Stack, plan.Region, plan.Account)
	switch {
	case plan.Empty() && plan.Destroy:
		return text + " Nothing to destroy.\n"
	case plan.Empty():
		return text + " No changes.\n"
	}
	text += "\n" + changeTable(plan.Lines, colours)
	if plan.Adopt > 0 {
		text += fmt.Sprintf("%d to adopt, ", plan.Adopt)
	}
	return text + fmt.Sprintf("%d to add, %d to change, %d to destroy.\n", plan.Add, plan.Change, plan.Remove)
}

// changeTable returns the table of a plan, or of drift.
func changeTable(lines []stack.Line, colours bool) string {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{coloured(l.Mark, colours), l.Kind, l.Name, l.Detail})
	}
	return table(rows)
}

// Step implements stack.Reporter.
func (p progress) Step(s stack.Step) {
	object := map[string]any{
		"type": "step", "phase": s.Phase, "action": s.Action, "what": s.What, "address": s.Address,
		"elapsedSeconds": s.Elapsed.Seconds(), "usualSeconds": s.Usual.Seconds(), "why": s.Reason,
		"finished": s.Finished, "total": s.Total,
	}
	_ = show(p.out, p.json, object, stepText(s))
}

// stepText is empty for the start of a step that is so short that nobody could read the text.
func stepText(s stack.Step) string {
	text := string(s.Phase)
	switch {
	case s.Phase == stack.Started && s.Usual <= 5*time.Second:
		return ""
	case s.Phase == stack.Started:
		text = fmt.Sprintf("%s; takes about %s: %s", present(s.Action), s.Usual, s.Reason)
	case s.Phase == stack.Running:
		text = fmt.Sprintf("still %s, %s", present(s.Action), s.Elapsed)
	case s.Phase == stack.Done:
		text = fmt.Sprintf("%s after %s", past(s.Action), s.Elapsed)
	}
	width := len(fmt.Sprint(s.Total))
	return fmt.Sprintf("[%*d/%d] %s: %s\n", width, s.Finished, s.Total, s.What, text)
}

func present(action string) string { return strings.TrimSuffix(action, "e") + "ing" }

func past(action string) string { return action + "d" }
