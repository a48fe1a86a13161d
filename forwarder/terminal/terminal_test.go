package terminal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestNoOrderGetsThrough(t *testing.T) {
	for r := rune(0); r <= 0x3000; r++ {
		text := "a" + string(r) + "b"
		for name, got := range map[string]string{
			"Line":  Line(text),
			"Lines": Lines(text),
			"JSON":  string(JSON([]byte(text))),
		} {
			bad := strings.ContainsFunc(got, func(r rune) bool {
				return unicode.IsControl(r) && (name == "Line" || r != '\n' && r != '\t') || unicode.Is(unicode.Bidi_Control, r)
			})
			if bad || !strings.HasPrefix(got, "a") || !strings.HasSuffix(got, "b") {
				t.Errorf("%s of %U is %q", name, r, got)
			}
		}
	}
	if got := Line("\x1b]0;title\x07 ü€ 漢"); got != "·]0;title· ü€ 漢" {
		t.Error(got)
	}
}

func TestJSONStaysTheSame(t *testing.T) {
	for _, text := range []string{"\u009b31mred", "\u202eabc\u202c", "\x7f", "ü 漢 😀", "\u2028", "\U000e0041"} {
		var b bytes.Buffer
		e := json.NewEncoder(Writer{&b})
		e.SetEscapeHTML(false)
		if err := e.Encode(map[string]string{"k": text}); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || got["k"] != text {
			t.Errorf("%q became %q, %v", text, got["k"], err)
		}
	}
	if got := string(JSON([]byte("{\r\n \"a\":1}"))); got != "{ \n \"a\":1}" {
		t.Errorf("%q", got)
	}
}
