package pattern

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Error is a mistake in a pattern, a set of patterns or an event, and where it is.
type Error struct {
	File   string // as given to ParseSet, or ""
	Line   int    // from 1
	Column int    // in characters, from 1
	Path   string // the field in the pattern, such as detail.state, or ""
	Reason string // one sentence: what is wrong and what is accepted

	source string // the line, for Caret
	width  int    // characters from Column on that the mistake covers
}

func (e *Error) Error() string {
	place := fmt.Sprintf("%d:%d: ", e.Line, e.Column)
	if e.File != "" {
		place = e.File + ":" + place
	}
	return place + e.Reason
}

// source is a text and its name in messages.
type source struct {
	file string
	text string
}

// newSource leaves out the byte order mark that some editors write before UTF-8.
func newSource(file string, text []byte) *source {
	return &source{file: file, text: strings.TrimPrefix(string(text), "\ufeff")}
}

// position is the line and the column of an offset, both from 1, the column in characters.
func (s *source) position(off int) (line, column int) {
	before := s.text[:min(off, len(s.text))]
	line = 1 + strings.Count(before, "\n")
	column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return line, column
}

// errorAt is an error about the bytes from off to end.
func (s *source) errorAt(off, end int, path, reason string) *Error {
	off = min(off, len(s.text))
	e := &Error{File: s.file, Path: path, Reason: reason}
	e.Line, e.Column = s.position(off)
	start := strings.LastIndexByte(s.text[:off], '\n') + 1
	rest, _, _ := strings.Cut(s.text[off:], "\n")
	e.source = strings.TrimSuffix(s.text[start:off]+rest, "\r")
	e.width = utf8.RuneCountInString(rest[:max(0, min(end-off, len(rest)))])
	return e
}

// caretWidth is how much of a long line Caret shows: with the line number before it, a terminal of 80 columns.
const caretWidth = 74

// Caret is the line with the mistake, and marks under the characters that it covers. Tabs and control characters are
// shown as spaces and question marks, so that the marks stand in the right place and no file can send commands to the
// terminal.
func (e *Error) Caret() string {
	cells := cellsOf(e.source)
	at := min(e.Column-1, len(cells))
	end := at + max(1, min(e.width, len(cells)-at))
	from, to := window(cells, at)

	var text, marks strings.Builder
	if from > 0 {
		text.WriteString("…")
		marks.WriteString(" ")
	}
	for i := from; i < to; i++ {
		text.WriteString(cells[i].text)
		if i < at {
			marks.WriteString(strings.Repeat(" ", cells[i].width))
		} else if i < end {
			marks.WriteString(strings.Repeat("^", max(1, cells[i].width)))
		}
	}
	if to < len(cells) {
		text.WriteString("…")
	}
	if at >= to {
		marks.WriteString("^")
	}
	number := fmt.Sprint(e.Line)
	return fmt.Sprintf("%s | %s\n%s | %s", number, text.String(), strings.Repeat(" ", len(number)), marks.String())
}

// cell is one character as a terminal shows it.
type cell struct {
	text  string
	width int
}

func cellsOf(line string) []cell {
	var cells []cell
	for _, r := range line {
		wide := width.LookupRune(r).Kind()
		switch {
		case r == '\t':
			cells = append(cells, cell{"    ", 4})
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf):
			cells = append(cells, cell{"?", 1})
		case unicode.In(r, unicode.Mn, unicode.Me):
			cells = append(cells, cell{string(r), 0})
		case wide == width.EastAsianWide || wide == width.EastAsianFullwidth:
			cells = append(cells, cell{string(r), 2})
		default:
			cells = append(cells, cell{string(r), 1})
		}
	}
	return cells
}

// window cuts a long line so that the mistake stays in view, with two thirds of the space before it.
func window(cells []cell, at int) (from, to int) {
	space := caretWidth * 2 / 3
	before := func() {
		for from > 0 && space >= cells[from-1].width {
			from--
			space -= cells[from].width
		}
	}
	from = at
	before()
	to, space = from, caretWidth
	for to < len(cells) && space >= cells[to].width {
		space -= cells[to].width
		to++
	}
	before() // a line that ends early leaves space
	return from, to
}
