package pattern

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Error is a mistake in a pattern, a set of patterns or an event, and where it is.
type Error struct {
	File   string // as given to ParseSet or ReadEvents, or ""
	Line   int    // from 1
	Column int    // in characters, from 1
	Reason string // what is wrong and what is accepted

	text   string // the line, for Caret
	length int    // characters from Column on that the mistake covers
}

func (e *Error) Error() string {
	place := fmt.Sprintf("%d:%d: ", e.Line, e.Column)
	if e.File != "" {
		place = e.File + ":" + place
	}
	return place + e.Reason
}

func comparePlace(a, b *Error) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// source is a text and the name of its file in messages.
type source struct {
	file string
	text string
}

// newSource removes the byte order mark that some editors write before UTF-8.
func newSource(file string, text []byte) *source {
	return &source{file: file, text: strings.TrimPrefix(string(text), "\ufeff")}
}

// span is a part of a text: the offset where it begins and the offset after its end.
type span struct{ from, to int }

// position returns the line and the column of an offset. Both begin at 1; the column counts characters.
func (s *source) position(off int) (line, column int) {
	before := s.text[:off]
	line = 1 + strings.Count(before, "\n")
	column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return line, column
}

// place returns a position in words.
func (s *source) place(off int) string {
	line, column := s.position(off)
	return fmt.Sprintf("line %d, column %d", line, column)
}

func (s *source) errorAt(at span, format string, args ...any) *Error {
	e := &Error{File: s.file, Reason: fmt.Sprintf(format, args...)}
	e.Line, e.Column = s.position(at.from)
	start := strings.LastIndexByte(s.text[:at.from], '\n') + 1
	rest, _, _ := strings.Cut(s.text[at.from:], "\n")
	e.text = strings.TrimSuffix(s.text[start:at.from]+rest, "\r")
	e.length = utf8.RuneCountInString(rest[:min(at.to-at.from, len(rest))])
	return e
}

// mistakes collects the errors in a text.
type mistakes struct {
	src  *source
	errs []*Error
}

func (m *mistakes) fail(at span, format string, args ...any) {
	m.errs = append(m.errs, m.src.errorAt(at, format, args...))
}

// How much of a long line Caret shows, in columns of a terminal: with the line number it fits into 80.
const (
	widthBefore = 50
	widthOfLine = 74
)

// Caret returns the line with the mistake, and marks under the characters that the mistake covers. Tabs and control
// characters are shown as spaces and question marks, so that the marks are in the right place and no file can send
// commands to the terminal.
func (e *Error) Caret() string {
	line := []rune(e.text)
	at := min(e.Column-1, len(line))
	end := min(at+e.length, len(line))
	before, marked, after := printable(line[:at]), printable(line[at:end]), printable(line[end:])

	tooWide := runewidth.StringWidth(before+marked+after) > widthOfLine
	if more := runewidth.StringWidth(before) - widthBefore; tooWide && more > 0 {
		before = runewidth.TruncateLeft(before, more, "…")
	}
	room := widthOfLine - runewidth.StringWidth(before)
	marks := strings.Repeat(" ", runewidth.StringWidth(before)) +
		strings.Repeat("^", max(1, min(room, runewidth.StringWidth(marked))))
	shown := before + runewidth.Truncate(marked+after, room, "…")
	number := fmt.Sprint(e.Line)
	return fmt.Sprintf("%s | %s\n%s | %s", number, shown, strings.Repeat(" ", len(number)), marks)
}

func printable(text []rune) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\t':
			out.WriteString("    ")
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf):
			out.WriteByte('?')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
