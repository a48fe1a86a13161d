package pattern

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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

// caretWidth is how much of a long line Caret shows: with the line number before it, a terminal of 80 columns.
const caretWidth = 74

// Caret is the line with the mistake and, under it, what is meant. Tabs and control characters are shown as spaces and
// question marks, so that the marks stand where they should and nothing in a file can drive the terminal.
func (e *Error) Caret() string {
	cells := cellsOf(e.source)
	at := min(e.Column-1, len(cells))
	width := max(1, min(e.width, len(cells)-at))
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
		} else if i < at+width {
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
		switch {
		case r == '\t':
			cells = append(cells, cell{"    ", 4})
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			cells = append(cells, cell{"?", 1})
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			cells = append(cells, cell{string(r), 0})
		case isWide(r):
			cells = append(cells, cell{string(r), 2})
		default:
			cells = append(cells, cell{string(r), 1})
		}
	}
	return cells
}

// wide are the characters that take two columns, roughly: those of East Asian scripts, and emoji.
var wide = [][2]rune{
	{0x1100, 0x115f},
	{0x2e80, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1faff},
	{0x20000, 0x3fffd},
}

func isWide(r rune) bool {
	return slices.ContainsFunc(wide, func(span [2]rune) bool { return r >= span[0] && r <= span[1] })
}

// window cuts a long line so that the place stays in view with two thirds of the room before it.
func window(cells []cell, at int) (from, to int) {
	total := 0
	for _, c := range cells {
		total += c.width
	}
	if total <= caretWidth {
		return 0, len(cells)
	}
	from, room := at, caretWidth*2/3
	for from > 0 && room >= cells[from-1].width {
		from--
		room -= cells[from].width
	}
	to, room = from, caretWidth
	for to < len(cells) && room >= cells[to].width {
		room -= cells[to].width
		to++
	}
	for from > 0 && room >= cells[from-1].width {
		from--
		room -= cells[from].width
	}
	return from, to
}
