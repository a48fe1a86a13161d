package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// plain shows a run in lines, one below the other, as a log.
type plain struct {
	out   io.Writer
	paint paint
}

func (p plain) Note(text string) { _, _ = fmt.Fprintln(p.out, terminal.Lines(text)) }

func (p plain) Planned(plan stack.Plan) { writePlan(p.out, plan, p.paint) }

// Step leaves out what is over before it is read.
func (p plain) Step(s stack.Step) {
	switch s.Phase {
	case stack.Started:
		if s.Usual > 5*time.Second {
			p.line(s, fmt.Sprintf("%s; takes about %s: %s", present(s.Action), s.Usual, s.Why))
		}
	case stack.Running:
		p.line(s, fmt.Sprintf("still %s, %s", present(s.Action), s.Elapsed))
	case stack.Done:
		p.line(s, past(s.Action)+" after "+s.Elapsed.String())
	case stack.Failed, stack.CutOff:
		p.line(s, string(s.Phase))
	}
}

func (p plain) line(s stack.Step, text string) { _, _ = fmt.Fprintln(p.out, stepLine(s, text)) }

func stepLine(s stack.Step, text string) string {
	width := len(fmt.Sprint(s.Total))
	return fmt.Sprintf("[%*d/%d] %s: %s", width, s.Finished, s.Total, s.What, text)
}

func present(action string) string {
	return strings.TrimSuffix(action, "e") + "ing"
}

func past(action string) string { return action + "d" }

// writePlan shows what would change, a line for each thing.
func writePlan(out io.Writer, plan stack.Plan, paint paint) {
	where := "in " + plan.Region + ", account " + plan.Account
	if plan.Empty() {
		text := "No changes."
		if plan.Destroy {
			text = "Nothing to destroy."
		}
		_, _ = fmt.Fprintf(out, "Stack %s %s: %s\n", plan.Stack, where, text)
		return
	}
	_, _ = fmt.Fprintf(out, "Stack %s %s:\n", plan.Stack, where)
	rows := make([][]string, 0, len(plan.Lines))
	for _, l := range plan.Lines {
		rows = append(rows, []string{paint.mark(l.Mark), l.Kind, l.Name, l.Detail})
	}
	writeTable(out, rows)
	adopt := ""
	if plan.Adopt > 0 {
		adopt = fmt.Sprintf("%d to adopt, ", plan.Adopt)
	}
	_, _ = fmt.Fprintf(out, "%s%d to add, %d to change, %d to destroy.\n", adopt, plan.Add, plan.Change, plan.Remove)
}

// writeTable aligns columns, and leaves no space at the ends of lines.
func writeTable(out io.Writer, rows [][]string) {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.StripEscape)
	for _, row := range rows {
		for i := 1; i < len(row); i++ { // the first is the programs' own, and may be coloured
			row[i] = terminal.Line(row[i])
		}
		_, _ = fmt.Fprintln(t, "  "+strings.Join(row, "\t"))
	}
	_ = t.Flush()
	for line := range strings.Lines(b.String()) {
		_, _ = fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
}

// paint colours, where that is wanted.
type paint bool

var colours = map[string]string{"+": "32", "=": "36", "~": "33", "-": "31", "±": "31"}

// mark is a plan's mark in its colour, in the escapes that keep a tabwriter from counting it.
func (p paint) mark(m string) string {
	if !p {
		return m
	}
	return "\xff\x1b[" + colours[m] + "m\xff" + m + "\xff\x1b[0m\xff"
}

// in is text in a colour, for lines that no tabwriter aligns.
func (p paint) in(colour, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
