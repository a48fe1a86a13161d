package relay

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	garbage     = 6 << 20 // bytes that may gather between two collections
	mostGarbage = 400     // percent of what lives
	leastChange = 10      // percent of the percentage; smaller ones are not worth a pause
	paceEvery   = 100 * time.Millisecond
)

// paceCollector lets the same amount of garbage gather however much is held. At Go's default pace, which is a share of what lives, a
// heap of a few MiB is collected hundreds of times a second, which took a tenth of the whole, and one of large events takes twice
// the memory that they do. Who sets GOGC or GOMEMLIMIT has decided otherwise.
func paceCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	last := mostGarbage
	defer debug.SetGCPercent(debug.SetGCPercent(last))
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	living := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(living)
		live := max(1, living[0].Value.Uint64()+living[1].Value.Uint64())
		percent := int(min(mostGarbage, max(1, garbage*100/live)))
		if change := percent - last; max(change, -change)*100 > last*leastChange {
			debug.SetGCPercent(percent)
			last = percent
		}
	}
}
