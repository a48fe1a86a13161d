// Package terminal makes text that others have written safe to print: events, the keys of objects, a receiver's answers
// and the errors that quote them may contain escape sequences, which terminals obey. The programs print such texts only
// through this package.
package terminal

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line replaces every control character of a text with "·", line breaks and tabs included.
func Line(text string) string {
	return strings.NewReplacer("\n", "·", "\t", "·").Replace(Lines(text))
}

// Lines is like Line, but keeps line breaks and tabs.
func Lines(text string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return '·'
		}
		return r
	}, text)
}

// JSON writes the control characters in a JSON text as \u escapes, and a carriage return as a space.
func JSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, isControl) {
		return text
	}
	var b []byte
	for _, r := range string(text) {
		switch {
		case r == '\r': // between values, where it means nothing
			b = append(b, ' ')
		case isControl(r):
			for _, unit := range utf16.AppendRune(nil, r) {
				b = fmt.Appendf(b, `\u%04x`, unit)
			}
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// Writer writes JSON, or log lines whose values are JSON.
type Writer struct{ io.Writer }

// Write implements io.Writer.
func (w Writer) Write(p []byte) (int, error) {
	_, err := w.Writer.Write(JSON(p))
	return len(p), err
}

// isControl reports whether r is a control character other than a line break or a tab, a line or paragraph separator,
// or an invisible format character, such as one that changes the direction of writing. Joiners, which letters and emoji
// need, do not count.
func isControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !strings.ContainsRune("\n\t\u200c\u200d", r)
}
