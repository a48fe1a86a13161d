package pattern

import "testing"

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		want  string
		texts []string
	}{
		{`{"detail":{"state":["a","b"]},"source":["x"]}`, []string{
			`{"source": ["x"], "detail": {"state": ["b", "a"]}}`,
			"{\n\t\"detail\": {\"state\": [\"a\", \"b\", \"\\u0061\"]},\r\n \"source\": [\"x\"] }",
		}},
		{`{"n":[300]}`, []string{`{"n": [300]}`, `{"n": [300.0, 3e2]}`, `{"n": [3E+2]}`}},
		{`{"n":[0]}`, []string{`{"n": [-0]}`, `{"n": [0.0e5]}`}},
		{`{"n":[9007199254740993,9007199254740993.0]}`, []string{`{"n": [9007199254740993.0, 9007199254740993]}`}},
		{`{"n":[4.9e-324]}`, []string{`{"n": [4.9e-324]}`}},
		{`{"n":[1e+300,1e-7]}`, []string{`{"n": [1e-7, 1e300]}`}},
		{`{"n":["<&>\u0001é🚀"]}`, []string{`{"n": ["\u003c\u0026>\u0001\u00e9\ud83d\ude80"]}`}},
		{`{"n":[{"numeric":[">",1,"<",20]}]}`, []string{`{"n": [{"numeric": [">", 1.0, "<", 2e1]}]}`}},
		{`{"n":[{"anything-but":"a"}]}`, []string{`{"n": [{"anything-but": ["a", "a"]}]}`, `{"n": [{"anything-but": "a"}]}`}},
		{`{"n":[{"anything-but":{"prefix":["a","b"]}}]}`, []string{`{"n": [{"anything-but": {"prefix": ["b", "a"]}}]}`}},
		{`{"$or":[{"a":[1]},{"b":[2]}],"c":[null,true]}`, []string{`{"c": [true, null], "$or": [{"b": [2]}, {"a": [1]}]}`}},
		// The order counts where a field is given twice: the later one is kept.
		{`{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}`, []string{`{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}`}},
		{`{"$or":[{"a":[2]},{"b":[3]}],"a":[1]}`, []string{`{"$or": [{"a": [2]}, {"b": [3]}], "a": [1]}`}},
	} {
		for _, text := range append(c.texts, c.want) {
			p, err := Parse([]byte(text))
			if err != nil {
				t.Errorf("%s: %v", text, err)
			} else if got := string(p.Canonical()); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", text, got, c.want)
			}
		}
	}
}

func TestTextIsWhatWasGiven(t *testing.T) {
	p, err := Parse([]byte("\ufeff { \"b\" : [ 300.0, \"a  <b\\u0041\" ],\n \"a\": [ 1 ] } "))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"b":[300.0,"a  <b\u0041"],"a":[1]}`
	if got := string(p.Text()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p.Text()[0] = 'x'
	if got := string(p.Text()); got != want {
		t.Errorf("the text can be changed from outside: %s", got)
	}
}
