package relay

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"
)

// TestCollectorFollowsWhatIsHeld checks that the garbage is limited, and is not a share of the live heap.
func TestCollectorFollowsWhatIsHeld(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv(name, "") // restored at the end
		_ = os.Unsetenv(name)
	}
	percent := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := percent()
	defer func() { debug.SetGCPercent(int(before)) }()
	ctx, stop := context.WithCancel(t.Context())
	tuneGC(ctx, false)
	holdLarge := func() {
		large := make([]byte, 256<<20)
		for runtime.GC(); percent() > 3 && t.Context().Err() == nil; runtime.Gosched() {
		}
		runtime.KeepAlive(large)
	}
	holdLarge()
	holdStacks := func() {
		var started, ended sync.WaitGroup
		end := make(chan struct{})
		for range 500 {
			started.Add(1)
			ended.Go(func() { deep(1000, func() { started.Done(); <-end }) })
		}
		started.Wait()
		for runtime.GC(); percent() < 80 && t.Context().Err() == nil; runtime.Gosched() {
		}
		close(end)
		ended.Wait()
	}
	holdStacks()
	for runtime.GC(); percent() < 50 && t.Context().Err() == nil; runtime.Gosched() {
	}
	stop()
	for range 2 { // the first may still be followed by a change
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	debug.SetGCPercent(123)
	for range 2 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	if after := percent(); after != 123 {
		t.Errorf("it sets GOGC to %d after its end", after)
	}
}

// deep calls do with a stack that has grown.
func deep(n int, do func()) {
	if n == 0 {
		do()
		return
	}
	deep(n-1, do)
}
