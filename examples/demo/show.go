package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// show writes lines, each with the seconds since the start, and below them, on a terminal, what is being waited for.
type show struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	begin    time.Time
	waiting  string
	stop     chan struct{}
	stopped  sync.WaitGroup
}

const (
	clearLine = "\r\x1b[2K"
	redraw    = 500 * time.Millisecond
)

func newShow(out io.Writer, terminal bool) *show {
	s := &show{out: out, terminal: terminal, begin: time.Now(), stop: make(chan struct{})}
	if terminal {
		s.stopped.Go(s.redraw)
	}
	return s
}

func (s *show) elapsed() time.Duration { return time.Since(s.begin) }

// say writes a line.
func (s *show) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	_, _ = fmt.Fprintf(s.out, "%6.1f s  %s\n", s.elapsed().Seconds(), fmt.Sprintf(format, args...))
	s.draw()
}

// chapter writes a line that begins a part.
func (s *show) chapter(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	_, _ = fmt.Fprintf(s.out, "\n%s\n", fmt.Sprintf(format, args...))
	s.draw()
}

// wait says what is being waited for, until the next time; nothing is an empty text.
func (s *show) wait(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	s.waiting = fmt.Sprintf(format, args...)
	s.draw()
}

// done leaves the terminal tidy.
func (s *show) done() {
	s.wait("")
	close(s.stop)
	s.stopped.Wait()
}

func (s *show) redraw() {
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.mu.Lock()
			s.clear()
			s.draw()
			s.mu.Unlock()
		}
	}
}

func (s *show) clear() {
	if s.terminal && s.waiting != "" {
		_, _ = io.WriteString(s.out, clearLine)
	}
}

func (s *show) draw() {
	if s.terminal && s.waiting != "" {
		_, _ = fmt.Fprintf(s.out, "%6.1f s  … %s", s.elapsed().Seconds(), s.waiting)
	}
}
