package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
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
	elsewhere, err := stack.Emulator(ctx)
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

// bars shows a run on a terminal: a bar for each resource that is being worked at, and above them a line for each that
// is done. A bar fills with the time that its resource takes as a rule, which is all that is known in advance.
type bars struct {
	plain
	mu       sync.Mutex
	drawing  *mpb.Progress
	underWay map[string]*mpb.Bar
	told     map[string]bool // reasons that have been told
}

func newBars(out io.Writer, paint paint) *bars {
	return &bars{plain: plain{out: out, paint: paint}, underWay: map[string]*mpb.Bar{}, told: map[string]bool{}}
}

// Note goes above the bars while there are any.
func (b *bars) Note(text string) { b.above(text) }

// Step starts a resource's bar, or replaces it by a line.
func (b *bars) Step(s stack.Step) {
	switch s.Phase {
	case stack.Started:
		b.start(s)
	case stack.Done:
		b.stop(s)
		b.above(stepLine(s, past(s.Action)+" after "+s.Elapsed.String()))
	case stack.Failed, stack.CutOff:
		b.stop(s)
		b.above(stepLine(s, string(s.Phase)))
	}
}

func (b *bars) start(s stack.Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawing == nil {
		b.drawing = mpb.New(mpb.WithOutput(b.out), mpb.WithWidth(24), mpb.WithRefreshRate(200*time.Millisecond))
	}
	if s.Reason != "" && !b.told[s.Reason] {
		b.told[s.Reason] = true
		_, _ = fmt.Fprintf(b.drawing, "%s, which takes %s\n", s.Reason, s.Usual)
	}
	begun := time.Now()
	style := mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("┄").Rbound("")
	b.underWay[s.Address] = b.drawing.MustAdd(int64(s.Usual), onTime(style, begun, s.Usual), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return "  " + s.What + " " }, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			return fmt.Sprintf(" %s %s", present(s.Action), time.Since(begun).Round(time.Second))
		})),
	)
}

// onTime fills a bar with the time that has gone by; it stays just short of full until the resource is done.
func onTime(style mpb.BarFillerBuilder, begun time.Time, usual time.Duration) mpb.BarFiller {
	filler := style.Build()
	return mpb.BarFillerFunc(func(w io.Writer, st decor.Statistics) error {
		st.Total = int64(usual)
		st.Current = min(int64(time.Since(begun)), st.Total*98/100)
		return filler.Fill(w, st)
	})
}

func (b *bars) stop(s stack.Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bar := b.underWay[s.Address]; bar != nil {
		bar.Abort(true)
		bar.Wait()
		delete(b.underWay, s.Address)
	}
}

func (b *bars) above(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawing == nil {
		b.plain.Note(text)
		return
	}
	_, _ = fmt.Fprintln(b.drawing, terminal.Lines(text))
}

// close ends the drawing, so that what is printed next stands below it.
func (b *bars) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawing == nil {
		return
	}
	for _, bar := range b.underWay {
		bar.Abort(true)
	}
	b.drawing.Wait()
	b.drawing = nil
}

// countEvery is how often a log shows the progress.
const countEvery = 5 * time.Second

// counting shows how far a run over about total dead letters has come: a bar on a terminal, else a line now and then.
func (p *program) counting(total int, became string, asJSON bool) (report func(deadletter.Result), ended func()) {
	if p.draws && !asJSON {
		return p.countingBar(total, became)
	}
	last := time.Now()
	return func(r deadletter.Result) {
		if time.Since(last) < countEvery {
			return
		}
		last = time.Now()
		if asJSON {
			writeJSON(p.stdout, map[string]any{"type": "progress", "done": r.Done, "looked": r.Looked, "total": total})
			return
		}
		_, _ = fmt.Fprintf(p.stdout, "%d %s; looked at %d of about %d\n", r.Done, became, r.Looked, total)
	}, func() {}
}

func (p *program) countingBar(total int, became string) (report func(deadletter.Result), ended func()) {
	drawing := mpb.New(mpb.WithOutput(p.stdout), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	var done atomic.Int64
	bar := drawing.MustAdd(int64(total), mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("┄").Rbound("").Build(),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.CountersNoUnit("  %d of about %d ")),
		mpb.AppendDecorators(
			decor.Any(func(decor.Statistics) string { return fmt.Sprintf(" %s %d, ", became, done.Load()) }),
			decor.AverageETA(decor.ET_STYLE_GO),
		),
	)
	note := func(text string) { _, _ = fmt.Fprintln(drawing, text) }
	p.note.Store(&note)
	return func(r deadletter.Result) {
			done.Store(int64(r.Done))
			bar.SetTotal(int64(max(total, r.Looked+1)), false) // the count is SQS's, which is not sure of it
			bar.SetCurrent(int64(r.Looked))
		}, func() {
			p.note.Store(nil)
			bar.Abort(true)
			drawing.Wait()
		}
}
