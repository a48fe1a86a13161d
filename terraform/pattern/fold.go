package pattern

import (
	"bytes"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// fold is a text to be compared without regard to case, as EventBridge does it: each character of the pattern stands
// for its lower and its upper form, and nothing is done to the event. ß in a pattern so matches ß and SS, but SS only
// SS.
type fold []folded

type folded struct{ lower, upper []byte }

// The engine asks Java for both forms of one character at a time, by Unicode's full mappings: without a language, and
// without the rule for a sigma at the end of a word.
func newFold(text string) fold {
	lower, upper := cases.Lower(language.Und, cases.HandleFinalSigma(false)), cases.Upper(language.Und)
	var f fold
	for _, r := range text {
		if r > 0xffff {
			// EventBridge takes the two halves of such a character apart and is left with two question marks.
			f = append(f, folded{[]byte("??"), []byte("??")})
			continue
		}
		f = append(f, folded{lower.Bytes([]byte(string(r))), upper.Bytes([]byte(string(r)))})
	}
	return f
}

// head takes the fold from the head of a text. No form of a character begins another, so there is nothing to go back
// for.
func (f fold) head(text []byte) (rest []byte, ok bool) {
	for _, c := range f {
		switch {
		case bytes.HasPrefix(text, c.lower):
			text = text[len(c.lower):]
		case bytes.HasPrefix(text, c.upper):
			text = text[len(c.upper):]
		default:
			return nil, false
		}
	}
	return text, true
}

func (f fold) tail(text []byte) bool {
	for i := len(f) - 1; i >= 0; i-- {
		switch c := f[i]; {
		case bytes.HasSuffix(text, c.lower):
			text = text[:len(text)-len(c.lower)]
		case bytes.HasSuffix(text, c.upper):
			text = text[:len(text)-len(c.upper)]
		default:
			return false
		}
	}
	return true
}

type foldEqual struct{ text fold }

func (m foldEqual) match(v *value) bool {
	rest, ok := m.text.head(v.text)
	return ok && len(rest) == 0
}

type foldPrefix struct{ text fold }

func (m foldPrefix) match(v *value) bool {
	_, ok := m.text.head(v.text)
	return ok
}

type foldSuffix struct{ text fold }

func (m foldSuffix) match(v *value) bool { return m.text.tail(v.text) }
