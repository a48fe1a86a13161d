package chaos

import (
	"fmt"
	"strings"
	"time"
)

// history is what happened to one event lately.
type history struct {
	entries [12]entry
	count   int
}

type entry struct {
	at      time.Duration
	process int
	what    string
	detail  int // a count or a status; 0: none
}

func (h *history) add(e entry) {
	h.entries[h.count%len(h.entries)] = e
	h.count++
}

func (h *history) String() string {
	var b strings.Builder
	from := max(0, h.count-len(h.entries))
	if from > 0 {
		fmt.Fprintf(&b, "    … %d entries before\n", from)
	}
	for i := from; i < h.count; i++ {
		e := h.entries[i%len(h.entries)]
		fmt.Fprintf(&b, "    +%.3fs %s: %s", e.at.Seconds(), nameOf(e.process), e.what)
		if e.detail != 0 {
			fmt.Fprintf(&b, " %d", e.detail)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const namePrefix = "forwarder-"

// nameOf returns the name of a process that is in its access key, by which the queue recognises it, and in its Org
// header, by which the receiver does.
func nameOf(process int) string { return fmt.Sprint(namePrefix, process) }
