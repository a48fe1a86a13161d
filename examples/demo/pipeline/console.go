package pipeline

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Console writes lines, each with the seconds since the start. On a terminal the last line says what is being waited
// for.
type Console struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	begin    time.Time
	waiting  string
	stop     chan struct{}
	stopped  sync.WaitGroup
}

const (
	clearLine      = "\r\x1b[2K"
	redrawInterval = 500 * time.Millisecond
)

func newConsole(out io.Writer, terminal bool) *Console {
	c := &Console{out: out, terminal: terminal, begin: time.Now(), stop: make(chan struct{})}
	if terminal {
		c.stopped.Go(c.redraw)
	}
	return c
}

// Since is the time from the start of the program to t.
func (c *Console) Since(t time.Time) time.Duration { return t.Sub(c.begin) }

// Print writes a line.
func (c *Console) Print(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	c.write(fmt.Sprintf("%6.1f s  %s\n", time.Since(c.begin).Seconds(), text))
}

// Heading writes a line that begins a part.
func (c *Console) Heading(format string, args ...any) {
	c.write("\n" + fmt.Sprintf(format, args...) + "\n")
}

func (c *Console) write(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	_, _ = io.WriteString(c.out, text)
	c.draw()
}

// Waiting says what is being waited for until it is called again; an empty text is for nothing.
func (c *Console) Waiting(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	c.waiting = fmt.Sprintf(format, args...)
	c.draw()
}

// close leaves the terminal tidy.
func (c *Console) close() {
	c.Waiting("")
	close(c.stop)
	c.stopped.Wait()
}

func (c *Console) redraw() {
	tick := time.NewTicker(redrawInterval)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			c.write("")
		}
	}
}

func (c *Console) clear() {
	if c.terminal && c.waiting != "" {
		_, _ = io.WriteString(c.out, clearLine)
	}
}

func (c *Console) draw() {
	if c.terminal && c.waiting != "" {
		_, _ = fmt.Fprintf(c.out, "%6.1f s  … %s", time.Since(c.begin).Seconds(), c.waiting)
	}
}
