package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

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

// countEvery is how often a log is told how far it has come.
const countEvery = 5 * time.Second

// counting shows how far a run over about total letters has come: a bar on a terminal, now and then a line elsewhere.
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
