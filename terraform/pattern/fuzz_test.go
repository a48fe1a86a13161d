package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzParse looks for texts that make Parse panic, place a mistake outside the text, or lose a pattern's meaning.
func FuzzParse(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add([]byte(v.Pattern))
	}
	for _, cases := range [][]badCase{badJSON, badShape, badOperator, badNumeric} {
		for _, c := range cases {
			f.Add([]byte(c.text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parse(text)
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		again, err := parse([]byte(p.Text))
		if err != nil || again.Text != p.Text || !slices.Equal(meanings(again), meanings(p)) {
			t.Fatalf("%q: its text %s is read as %v, %v", text, p.Text, again, err)
		}
	})
}

func meanings(p *Pattern) (all []string) {
	for _, c := range p.combinations {
		for _, number := range c {
			f := &p.fields[number]
			all = append(all, fmt.Sprint(f.path, slices.Sorted(slices.Values(f.wants()))))
		}
	}
	return all
}

func checkPlace(t *testing.T, text []byte, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason == "" || e.Caret() == "" {
		t.Fatalf("%q: %v has no reason or no place", text, err)
	}
	lines := bytes.Count(text, []byte("\n")) + 1
	if e.Line < 1 || e.Line > lines || e.Column < 1 || e.Column > len(text)+1 {
		t.Fatalf("%q: %v is outside the text", text, err)
	}
}

// FuzzMatch looks for events that make Match panic, that it reads differently than encoding/json, or for which Match
// and Explain, or the pattern and its canonical form, disagree.
func FuzzMatch(f *testing.F) {
	for _, v := range readVectors(f) {
		if v.Valid {
			f.Add([]byte(v.Pattern), []byte(v.Event))
		}
	}
	f.Fuzz(func(t *testing.T, text, event []byte) {
		p, err := parse(text)
		if err != nil {
			return
		}
		got, err := matches(p, event)
		plain := bytes.TrimPrefix(event, []byte("\ufeff"))
		if isJSON := utf8.Valid(event) && json.Valid(plain); (err == nil) != isJSON {
			t.Fatalf("%q: JSON: %t, Match says %v", event, isJSON, err)
		}
		same, err := parse([]byte(p.Text))
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := matches(same, event); again != got {
			t.Fatalf("%q on %q: %t, its text %s: %t", text, event, got, p.Text, again)
		}
	})
}

func FuzzParseSet(f *testing.F) {
	for _, c := range badSets {
		f.Add([]byte(c.text))
	}
	for _, text := range caretTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		named, mistakes := ParseSet("p", text, 2048)
		for _, e := range mistakes {
			checkPlace(t, text, e)
		}
		if (len(mistakes) == 0) == (len(named) == 0) {
			t.Fatalf("%q: %v, %v", text, named, mistakes)
		}
	})
}
