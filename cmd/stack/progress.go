package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform"
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
			p.line(s, fmt.Sprintf("%s; takes about %s: %s", present(s.Action), s.Usual, s.Reason))
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

// jsonLines shows a run to a program: one object a line, told apart by its "type".
type jsonLines struct{ out io.Writer }

func (j jsonLines) Note(text string) {
	writeJSON(j.out, map[string]any{"type": "note", "text": text})
}

func (j jsonLines) Planned(p stack.Plan) {
	changes := []map[string]string{}
	for _, l := range p.Lines {
		changes = append(changes, map[string]string{
			"mark": l.Mark, "kind": l.Kind, "name": l.Name, "detail": l.Detail, "address": l.Address,
		})
	}
	writeJSON(j.out, map[string]any{
		"type": "plan", "stack": p.Stack, "region": p.Region, "account": p.Account, "endpoint": p.Endpoint,
		"destroy": p.Destroy,
		"changes": changes, "lost": p.Lost, "add": p.Add, "adopt": p.Adopt, "change": p.Change, "remove": p.Remove,
	})
}

func (j jsonLines) Step(s stack.Step) {
	writeJSON(j.out, map[string]any{
		"type": "step", "phase": s.Phase, "action": s.Action, "what": s.What, "address": s.Address,
		"elapsedSeconds": s.Elapsed.Seconds(), "usualSeconds": s.Usual.Seconds(), "why": s.Reason,
		"finished": s.Finished, "total": s.Total,
	})
}

// open is the stack that the settings name, and a function that ends the showing of its progress. The first line of
// what is shown says in which region it is, and when this is not AWS. Verbs whose result is read by programs have their
// notes on stderr.
func (p *program) open(ctx context.Context, cfg *Config, notes io.Writer) (*stack.Stack, func(), error) {
	report, closed := p.reporter(cfg, notes)
	note := report.Note
	p.note.Store(&note)
	done := func() {
		p.note.Store(nil)
		closed()
	}
	s := &stack.Stack{
		Name: cfg.Name, Region: cfg.Region, Modules: terraform.Files, State: cfg.State,
		Program: cfg.Terraform, PluginDir: cfg.PluginDir,
		LockTimeout: cfg.LockTimeout, Report: report, Approve: p.approver(cfg.AutoApprove),
	}
	where := fmt.Sprintf("Region %s, from %s", cfg.options.Region, cfg.regionFrom)
	if region := s.Remembered(); cfg.remembers && region != "" {
		where = fmt.Sprintf("Region %s, where this stack is", region)
	}
	elsewhere, err := stack.NotAWS(ctx)
	if err != nil {
		return nil, done, err
	}
	if elsewhere != "" {
		where = elsewhere + ". " + where
	}
	report.Note(where)
	for _, warning := range cfg.warnings {
		report.Note("warning: " + warning)
	}
	return s, done, nil
}

func (p *program) reporter(cfg *Config, notes io.Writer) (stack.Reporter, func()) {
	nothing := func() {}
	switch {
	case notes != p.stdout:
		return plain{out: notes}, nothing
	case cfg.JSON:
		return jsonLines{out: notes}, nothing
	case p.draws:
		b := newBars(notes, paint(p.colours))
		return b, b.close
	}
	return plain{out: notes}, nothing
}
