package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
)

// countEvery is how often a log is told how far it has come.
const countEvery = 5 * time.Second

// counting shows how far a run over about total letters has come: a bar on a terminal, now and then a line elsewhere.
func (c *command) counting(total int, became string, asJSON bool) (report func(deadletter.Result), ended func()) {
	if c.draws && !asJSON {
		return c.countingBar(total, became)
	}
	last := time.Now()
	return func(r deadletter.Result) {
		if time.Since(last) < countEvery {
			return
		}
		last = time.Now()
		if asJSON {
			writeLine(c.stdout, map[string]any{"type": "progress", "done": r.Done, "looked": r.Touched, "total": total})
			return
		}
		_, _ = fmt.Fprintf(c.stdout, "%d %s; looked at %d of about %d\n", r.Done, became, r.Touched, total)
	}, func() {}
}

func (c *command) countingBar(total int, became string) (report func(deadletter.Result), ended func()) {
	drawing := mpb.New(mpb.WithOutput(c.stdout), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	var done atomic.Int64
	bar := drawing.MustAdd(int64(total), mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("┄").Rbound("").Build(),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.CountersNoUnit("  %d of about %d ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return fmt.Sprintf(" %s %d, ", became, done.Load()) }), decor.AverageETA(decor.ET_STYLE_GO)),
	)
	note := func(text string) { _, _ = fmt.Fprintln(drawing, text) }
	c.note.Store(&note)
	return func(r deadletter.Result) {
			done.Store(int64(r.Done))
			bar.SetTotal(int64(max(total, r.Touched+1)), false) // the count is SQS's, which is not sure of it
			bar.SetCurrent(int64(r.Touched))
		}, func() {
			c.note.Store(nil)
			bar.Abort(true)
			drawing.Wait()
		}
}
