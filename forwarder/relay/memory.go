package relay

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	garbage    = 5 << 20 // bytes that may gather between two collections
	maxPercent = 200     // percent of the live heap and stacks
	minChange  = 10      // the smallest change that is applied, in percent of the value: setting it pauses the program
)

// paceCollector keeps the amount of garbage between two collections about the same, whatever the size of the heap. Go's
// default is a share of the live heap: a heap of a few MiB is collected hundreds of times a second, which took a tenth
// of the CPU time, and a heap of large events grows to twice their size. Each collection scans all stacks. So over TLS,
// the more memory the stacks take, the more garbage may gather before the next one. If GOGC or GOMEMLIMIT is set,
// nothing is changed.
func paceCollector(ctx context.Context, secure bool) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	last := maxPercent
	defer debug.SetGCPercent(debug.SetGCPercent(last))
	living := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	for collected := collections(ctx); ; {
		select {
		case <-ctx.Done():
			return
		case <-collected:
		}
		metrics.Read(living)
		heap, stacks := living[0].Value.Uint64(), living[1].Value.Uint64()
		percent := int(min(maxPercent, max(1, allowance(stacks, secure)*100/max(1, heap+stacks))))
		if change := percent - last; max(change, -change)*100 > last*minChange {
			debug.SetGCPercent(percent)
			last = percent
		}
	}
}

// allowance returns how many bytes of garbage may gather, given how many the stacks take. Without TLS, that is less the
// more memory the stacks take (by an eighth of theirs), but never less than the stacks take.
func allowance(stacks uint64, secure bool) uint64 {
	if secure {
		return (garbage + 3*stacks) / 2
	}
	return max(garbage-min(garbage, stacks)/8, stacks)
}

// marker is an object that each collection finds unused.
type marker struct{ _ [16]byte }

// collections sends after each collection until ctx ends. A timer would be too late: the heap may double between two
// ticks.
func collections(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{}, 1)
	var next func(*marker)
	next = func(*marker) {
		if ctx.Err() != nil {
			return
		}
		select {
		case ended <- struct{}{}:
		default:
		}
		runtime.SetFinalizer(&marker{}, next)
	}
	runtime.SetFinalizer(&marker{}, next)
	return ended
}
