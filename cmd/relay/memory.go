package relay

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
)

const (
	collectPercent = 400      // growth of the heap between collections, while it stays under the limit
	spareMemory    = 20 << 20 // bytes for everything that is neither a message held nor a connection
	perRequest     = 48 << 10 // bytes of a request under way: its connection's buffers and stacks
	paceEvery      = 200 * time.Millisecond
	paceStep       = 1 << 20 // bytes; smaller changes are not worth a pause
)

// paceCollector collects seldom while little is held, and often enough, when much is, that garbage does not double it. A heap of
// a few MiB at Go's default pace is collected hundreds of times a second, which took a tenth of the whole. Who sets GOGC or
// GOMEMLIMIT has decided otherwise.
func paceCollector(ctx context.Context, f *forwarder.Forwarder) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(collectPercent))
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	for last := int64(0); ctx.Err() == nil; {
		use := f.Use()
		limit := int64(spareMemory + use.HeldBytes*5/4 + use.Requests*perRequest)
		if limit > last+paceStep || limit < last-paceStep {
			debug.SetMemoryLimit(limit)
			last = limit
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
