// Package terminal keeps what others have written from giving orders to a terminal: events, the keys of objects, a
// receiver's answers and the errors that quote them may hold escape sequences. All that the programs print of such
// texts goes through it.
package terminal

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Line is a text on one line.
func Line(text string) string { return masked(text, isOrder) }

// Lines is a text whose line breaks and tabs stay.
func Lines(text string) string { return masked(text, isOrderInLines) }

func masked(text string, isOrder func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if isOrder(r) {
			return '·'
		}
		return r
	}, text)
}

// JSON is the same JSON with such characters as escapes.
func JSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, isOrderInLines) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r == '\r': // between values, where it means nothing
			b.WriteByte(' ')
		case isOrderInLines(r):
			for _, unit := range utf16.AppendRune(nil, r) {
				_, _ = fmt.Fprintf(&b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// Writer writes JSON, or log lines whose values are JSON.
type Writer struct{ io.Writer }

// Write implements io.Writer.
func (w Writer) Write(p []byte) (int, error) {
	if _, err := w.Writer.Write(JSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func isOrderInLines(r rune) bool { return isOrder(r) && r != '\n' && r != '\t' }

// isOrder is so for the control characters of both sets, for separators of lines, and for what is not seen and changes
// how the rest is, such as the direction of writing. What joins letters or emoji is not.
func isOrder(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\u200c' && r != '\u200d'
}
