package child

import (
	"slices"
	"strings"
	"sync"
)

// outputBytes is how much of the latest output is kept at least; at most twice as much is kept.
const outputBytes = 64 << 10

// output keeps what is written to it.
type output struct {
	mu      sync.Mutex
	text    []byte
	changed chan struct{} // closed and replaced at each write
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if len(o.text) > 2*outputBytes {
		o.text = slices.Clone(o.text[len(o.text)-outputBytes:])
	}
	close(o.changed)
	o.changed = make(chan struct{})
	return len(b), nil
}

// line finds a whole line with the prefix. If there is none, changed is closed when it is worth looking again.
func (o *output) line(prefix string) (rest string, found bool, changed <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range strings.Lines(string(o.text)) {
		whole, ends := strings.CutSuffix(line, "\n")
		if rest, found := strings.CutPrefix(whole, prefix); found && ends {
			return rest, true, nil
		}
	}
	return "", false, o.changed
}

func (o *output) lastLines(n int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(o.text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
