package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseEvents(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": 1}`:                         `1:{"a": 1}`,
		"\ufeff\n{\"a\":\n 1}\n":           "2:{\"a\":\n 1}",
		"{\"a\":1}\n\n{\"a\":2}\r\n":       `1:{"a":1} 3:{"a":2}`,
		`{"a":1}{"a":2}`:                   `1:{"a":1} 1:{"a":2}`,
		"[{\"a\":1},\n {\"a\":2}]\n{}\n[]": `1:{"a":1} 2:{"a":2} 3:{}`,
	} {
		got, err := ParseEvents("e", []byte(text))
		var words []string
		for _, e := range got {
			words = append(words, fmt.Sprintf("%d:%s", e.Line, e.Text))
		}
		if err != nil || strings.Join(words, " ") != want {
			t.Errorf("%q: got %q, %v, want %q", text, words, err, want)
		}
	}
}

func TestParseEventsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                      `e:1:1: there is no event here; expected one, several one after the other, or an array of them`,
		"[]\n":                  `e:1:1: there is no event here; expected one, several one after the other, or an array of them`,
		"{}\n{\"a\": tru}":      `e:2:7: tru is not in quotes; write "tru", or true, false or null`,
		"{}\n5":                 `e:2:1: an event is a JSON object, this is a number`,
		"[{},\n [{}]]":          `e:2:2: an event is a JSON object, this is an array`,
		"[{}\n {}]":             `e:2:2: expected a comma or ] here`,
		"{},\n{}":               `e:1:3: a value is missing before this comma`,
		"{\"a\": \"\xff\"}":     `e:1:8: this is not UTF-8; save the file as UTF-8`,
		"{\"a\": 1}\n{\"a\": 1": `e:2:8: the text ends here and the object from line 2, column 1 is not closed`,
	} {
		var e *Error
		if _, err := ParseEvents("e", []byte(text)); !errors.As(err, &e) || e.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParseEvents looks for texts that are taken for events though they are none, or whose mistake is outside the text.
func FuzzParseEvents(f *testing.F) {
	for _, text := range []string{``, s3Event, s3Event + "\n" + trailEvent, "[" + s3Event + ",\n{}]", "{}\n[{}, 5]", "\ufeff{}", `[{"a": [[]]}`} {
		f.Add([]byte(text))
	}
	p, err := Parse([]byte(`{"source": ["aws.s3"], "detail": {"object": {"key": [{"wildcard": "images/*"}]}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := ParseEvents("e", text)
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		for _, e := range all {
			if !json.Valid(e.Text) || e.Text[0] != '{' || e.Line < 1 {
				t.Fatalf("%q: %q on line %d is no event", text, e.Text, e.Line)
			}
			if _, err := p.Match(e.Text); err != nil {
				t.Fatalf("%q: Match says %v", text, err)
			}
		}
		if len(all) == 0 {
			t.Fatalf("%q: no event and no error", text)
		}
	})
}
