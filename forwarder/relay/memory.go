package relay

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	usualGarbage = 5 << 20 // bytes between two collections if the stacks are small; over TLS, half of it
	maxPercent   = 200     // the highest GC percentage (GOGC) that is set
	minChange    = 10      // a smaller change of it, in percent, is not applied: setting it pauses the program
)

// tuneGC keeps the amount of garbage between two collections about the same until ctx ends, whatever the size of the
// heap. Go's default is a share of the live heap: a heap of a few MiB is collected hundreds of times a second, which
// took a tenth of the CPU time, and a heap of large events grows to twice their size. Each collection scans all stacks,
// so with large stacks it pays to collect less often: over TLS, the more memory the stacks take, the more garbage may
// gather (targetGarbage). If GOGC or GOMEMLIMIT is set, nothing is changed.
func tuneGC(ctx context.Context, secure bool) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	last := maxPercent
	debug.SetGCPercent(last)
	sizes := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	var tune func(struct{})
	// The cleanup of an object that nothing refers to runs after the next collection. A timer would be too late: the
	// heap may double between two ticks.
	afterCollection := func() { runtime.AddCleanup(new([16]byte), tune, struct{}{}) }
	tune = func(struct{}) {
		if ctx.Err() != nil {
			return
		}
		defer afterCollection()
		metrics.Read(sizes)
		heap, stacks := sizes[0].Value.Uint64(), sizes[1].Value.Uint64()
		percent := int(min(maxPercent, max(1, targetGarbage(stacks, secure)*100/max(1, heap+stacks))))
		if change := percent - last; max(change, -change)*100 > last*minChange {
			debug.SetGCPercent(percent)
			last = percent
		}
	}
	afterCollection()
}

// targetGarbage returns how many bytes of garbage may gather, given the size of the stacks. Over TLS it begins at half
// of usualGarbage and grows with the stacks. Otherwise it is usualGarbage less an eighth of the stacks' size, but at
// least the stacks' size.
func targetGarbage(stacks uint64, secure bool) uint64 {
	if secure {
		return (usualGarbage + 3*stacks) / 2
	}
	return max(usualGarbage-min(usualGarbage, stacks)/8, stacks)
}
