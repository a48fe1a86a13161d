package pattern

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	byteOrder "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Place is a place in a text.
type Place struct {
	Line   int `json:"line"`   // from 1
	Column int `json:"column"` // in characters, from 1
}

func (p Place) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

// after returns the place of the end of a text that begins at p.
func (p Place) after(text string) Place {
	if lines := strings.Count(text, "\n"); lines > 0 {
		p = Place{p.Line + lines, 1}
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	p.Column += utf8.RuneCountInString(text)
	return p
}

// Error is a mistake in a pattern, a set of patterns or an event, and where it is.
type Error struct {
	Place
	File   string // as given to ParseSet or ReadEvents, or ""
	Reason string // what is wrong and what is accepted

	src *source
	at  span
}

func (e *Error) Error() string {
	place := fmt.Sprintf("%d:%d: ", e.Line, e.Column)
	if e.File != "" {
		place = e.File + ":" + place
	}
	return place + e.Reason
}

// source is the text of a set of patterns or of one event, and where it is.
type source struct {
	file  string // its name in messages
	begin Place  // of the text in the file
	text  string
}

// newSource removes a byte order mark. If it is the one of UTF-16, as in files from PowerShell, the text is converted.
func newSource(file string, text []byte) *source {
	decoded, _, _ := transform.Bytes(byteOrder.BOMOverride(transform.Nop), text)
	return &source{file, Place{1, 1}, string(decoded)}
}

// span is a part of a text: the offset where it begins and the offset after its end.
type span struct{ from, to int }

func (s *source) position(off int) Place { return s.begin.after(s.text[:off]) }

func (s *source) errorAt(at span, format string, args ...any) *Error {
	return &Error{s.position(at.from), s.file, fmt.Sprintf(format, args...), s, at}
}

// printable shows tabs and control characters as spaces and question marks, so that the marks of Caret are in the right
// place and no file can send commands to the terminal.
func printable(text string) string {
	visible := func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf) {
			return '?'
		}
		return r
	}
	return strings.Map(visible, strings.ReplaceAll(text, "\t", "    "))
}

// How much of a long line Caret shows, in columns of a terminal: with the line number it fits into 80.
const (
	widthBefore = 50
	widthOfLine = 74
)

// Caret returns the line with a mistake in a pattern, and marks under the characters that the mistake covers.
func (e *Error) Caret() string {
	text, from := e.src.text, e.at.from
	line, _, _ := strings.Cut(text[from:], "\n")
	line = strings.TrimSuffix(line, "\r")
	length := min(e.at.to-from, len(line))
	wrong, after := printable(line[:length]), printable(line[length:])
	before := printable(text[strings.LastIndexByte(text[:from], '\n')+1 : from])
	tooWide := runewidth.StringWidth(before+wrong+after) > widthOfLine
	if more := runewidth.StringWidth(before) - widthBefore; tooWide && more > 0 {
		before = runewidth.TruncateLeft(before, more, "…")
	}
	indent := runewidth.StringWidth(before)
	room := widthOfLine - indent
	marks := strings.Repeat("^", max(1, min(room, runewidth.StringWidth(wrong))))
	shown := before + runewidth.Truncate(wrong+after, room, "…")
	number := fmt.Sprint(e.Line)
	return fmt.Sprintf("%s | %s\n%*s | %*s%s", number, shown, len(number), "", indent, "", marks)
}
