package main

import (
	"fmt"
	"io"
	"time"
)

// readers is standard output, and ends the context when nobody reads it any more, as in "… | head".
type readers struct {
	io.Writer
	end  func()
	gone bool
}

func (r *readers) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err != nil {
		r.gone = true
		r.end()
	}
	return n, err
}

// brief is a time in its largest unit.
func brief(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.size {
			return fmt.Sprintf("%d%s", d/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%ds", max(0, d/time.Second))
}
