package pattern

import (
	"bytes"
	"strings"
	"unicode"
)

// fold is a text to be compared without regard to case, as EventBridge does it: each character of the pattern stands for
// its lower and its upper form, and nothing is done to the event. ß in a pattern so matches ß and SS, but SS only SS.
type fold []folded

type folded struct{ lower, upper []byte }

func newFold(text string) fold {
	var f fold
	for _, r := range text {
		if r > 0xffff {
			// EventBridge takes the two halves of such a character apart and is left with two question marks.
			f = append(f, folded{[]byte("??"), []byte("??")})
			continue
		}
		f = append(f, folded{[]byte(lowerOf(r)), []byte(upperOf(r))})
	}
	return f
}

func lowerOf(r rune) string {
	if r == 'İ' {
		return "i̇"
	}
	return string(unicode.ToLower(r))
}

func upperOf(r rune) string {
	if upper, ok := longUpper[r]; ok {
		return upper
	}
	return string(unicode.ToUpper(r))
}

// longUpper are the characters whose upper form is several, from Unicode's SpecialCasing.
var longUpper = func() map[rune]string {
	const table = `ßSS ŉʼN ǰJ̌ ΐΪ́ ΰΫ́ ևԵՒ ẖH̱ ẗT̈ ẘW̊ ẙY̊ ẚAʾ ὐΥ̓ ὒΥ̓̀ ὔΥ̓́ ὖΥ̓͂ ᾀἈΙ ᾁἉΙ ᾂἊΙ ᾃἋΙ ᾄἌΙ ᾅἍΙ ᾆἎΙ ᾇἏΙ
		ᾈἈΙ ᾉἉΙ ᾊἊΙ ᾋἋΙ ᾌἌΙ ᾍἍΙ ᾎἎΙ ᾏἏΙ ᾐἨΙ ᾑἩΙ ᾒἪΙ ᾓἫΙ ᾔἬΙ ᾕἭΙ ᾖἮΙ ᾗἯΙ ᾘἨΙ ᾙἩΙ ᾚἪΙ ᾛἫΙ ᾜἬΙ ᾝἭΙ ᾞἮΙ ᾟἯΙ
		ᾠὨΙ ᾡὩΙ ᾢὪΙ ᾣὫΙ ᾤὬΙ ᾥὭΙ ᾦὮΙ ᾧὯΙ ᾨὨΙ ᾩὩΙ ᾪὪΙ ᾫὫΙ ᾬὬΙ ᾭὭΙ ᾮὮΙ ᾯὯΙ ᾲᾺΙ ᾳΑΙ ᾴΆΙ ᾶΑ͂ ᾷΑ͂Ι ᾼΑΙ ῂῊΙ ῃΗΙ
		ῄΉΙ ῆΗ͂ ῇΗ͂Ι ῌΗΙ ῒΪ̀ ΐΪ́ ῖΙ͂ ῗΪ͂ ῢΫ̀ ΰΫ́ ῤΡ̓ ῦΥ͂ ῧΫ͂ ῲῺΙ ῳΩΙ ῴΏΙ ῶΩ͂ ῷΩ͂Ι ῼΩΙ ﬀFF ﬁFI ﬂFL ﬃFFI ﬄFFL
		ﬅST ﬆST ﬓՄՆ ﬔՄԵ ﬕՄԻ ﬖՎՆ ﬗՄԽ`
	upper := map[rune]string{}
	for pair := range strings.FieldsSeq(table) {
		for i, r := range pair {
			if i > 0 {
				break
			}
			upper[r] = strings.TrimPrefix(pair, string(r))
		}
	}
	return upper
}()

// head takes the fold from the head of a text. No form of a character begins another, so there is nothing to go back for.
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
