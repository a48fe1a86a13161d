package pattern

import (
	"strings"
	"testing"
)

// TestPatternsOfOneMeaning has groups of texts: the texts of one group mean the same, and a set with two of them is
// refused.
func TestPatternsOfOneMeaning(t *testing.T) {
	var texts []string
	var groups []int
	for i, group := range [][]string{
		{
			`{"source": ["x"], "detail": {"state": ["b", "a"]}}`,
			"{\n\t\"detail\": {\"state\": [\"a\", \"b\", \"\\u0061\"]},\r\n \"source\": [\"x\"] }",
			`{"source": ["x"], "detail.state": ["a", "b"]}`,
		},
		{`{"n": [300]}`, `{"n": [300.0, 3e2]}`, `{"n": [3E+2]}`},
		{`{"n": [0]}`, `{"n": [-0]}`, `{"n": [0.0e5]}`},
		{`{"n": [9007199254740993.0, 9007199254740993]}`, `{"n": [9007199254740993, 9007199254740993.0]}`},
		{`{"n": [9007199254740993]}`, `{"n": [9007199254740993, 9007199254740993]}`},
		{`{"n": ["\u003c\u0026>\u0001\u00e9\ud83d\ude80"]}`, `{"n": ["<&>\u0001é🚀"]}`},
		{`{"n": [{"numeric": [">", 1.0, "<", 2e1]}]}`, `{"n": [{"numeric": [">", 1, "<", 20]}]}`},
		{`{"n": [{"anything-but": ["a", "a"]}]}`, `{"n": [{"anything-but": "a"}]}`},
		{`{"n": [{"anything-but": {"prefix": ["b", "a"]}}]}`, `{"n": [{"anything-but": {"prefix": ["a", "b"]}}]}`},
		{`{"c": [true, null], "$or": [{"b": [2]}, {"a": [1]}]}`, `{"$or": [{"a": [1]}, {"b": [2]}], "c": [null, true]}`},
		// The order matters if a field is given twice: the later one is kept.
		{`{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}`},
		{`{"$or": [{"a": [2]}, {"b": [3]}], "a": [1]}`, `{"$or": [{"a": [1]}, {"b": [3], "a": [1]}]}`},
		{`{"n": ["10.0.0.1"]}`},
		{`{"n": [{"exactly": "10.0.0.1"}]}`},
		{`{"n": ["x"]}`, `{"n": [{"exactly": "x"}]}`},
		{`{"n": ["a, b"]}`},
		{`{"n": ["a", "b"]}`},
	} {
		for _, text := range group {
			texts, groups = append(texts, text), append(groups, i)
		}
	}
	for i, a := range texts {
		for j, b := range texts {
			_, err := ParseSet("", []byte("["+a+", "+b+"]"), DefaultLimit)
			same := err != nil && strings.Contains(err.Error(), "means the same")
			if err != nil && !same || same != (groups[i] == groups[j]) {
				t.Errorf("%s and %s: %v", a, b, err)
			}
		}
	}
}

func TestTextIsWhatWasGiven(t *testing.T) {
	p, err := parse([]byte("\ufeff { \"b\" : [ 300.0, \"a  <b\\u0041\" ],\n \"a\": [ 1 ] } "))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"b":[300.0,"a  <b\u0041"],"a":[1]}`
	if got := p.Text; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
