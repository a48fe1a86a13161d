package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// writeTable aligns columns, and leaves no space at the ends of lines.
func writeTable(out io.Writer, rows [][]string) {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.StripEscape)
	for _, row := range rows {
		for i := 1; i < len(row); i++ { // the first is the programs' own, and may be coloured
			row[i] = terminal.Line(row[i])
		}
		_, _ = fmt.Fprintln(t, "  "+strings.Join(row, "\t"))
	}
	_ = t.Flush()
	for line := range strings.Lines(b.String()) {
		_, _ = fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
}

// paint colours, where that is wanted.
type paint bool

var colours = map[string]string{"+": "32", "=": "36", "~": "33", "-": "31", "±": "31"}

// mark is a plan's mark in its colour, in the escapes that keep a tabwriter from counting it.
func (p paint) mark(m string) string {
	if !p {
		return m
	}
	return "\xff\x1b[" + colours[m] + "m\xff" + m + "\xff\x1b[0m\xff"
}

// in is text in a colour, for lines that no tabwriter aligns.
func (p paint) in(colour, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// writeLine writes one object on one line. What is encoded here always can be.
func writeJSON(out io.Writer, v any) {
	e := json.NewEncoder(terminal.Writer{Writer: out})
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}

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
