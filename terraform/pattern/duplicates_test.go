package pattern

import (
	"strings"
	"testing"
)

// TestMergesDuplicates also checks the text that is sent to AWS: Terraform's provider would keep only the last of two
// names.
func TestMergesDuplicates(t *testing.T) {
	for _, c := range []struct{ text, want, warning string }{
		{`{"detail": {"a": {"x": [1]}, "a": {"y": [2]}}}`, `{"detail":{"a":{"x":[1],"y":[2]}}}`, ""},
		{
			`{"detail": {"a": [1], "b": [2], "\u0061": ["\u00e9", 1e3]}}`, `{"detail":{"b":[2],"\u0061":["\u00e9",1e3]}}`,
			"detail.a is also given on line 1, column 18",
		},
		{
			`{"detail": {"a": {"x": [1]}}, "detail": {"a": {"x": [{"exists":true}]}}}`,
			`{"detail":{"a":{"x":[{"exists":true}]}}}`, "detail.a.x is also given on line 1, column 24",
		},
		{
			`{"detail": {"$or": [{"a": [1], "a": [2]}, {"b": [1]}]}}`, `{"detail":{"$or":[{"a":[2]},{"b":[1]}]}}`,
			"detail.a is also given on line 1, column 27",
		},
	} {
		p, err := parse([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := p.Text; got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
		said := strings.Join(p.Warnings, "\n")
		if !strings.Contains(said, c.warning) || (said == "") != (c.warning == "") {
			t.Errorf("%s: warnings %q, want %q", c.text, said, c.warning)
		}
	}
	for text, want := range map[string]string{
		`{"detail": {"a": {"x": [1]}, "a": [2]}}`:                            `1:30: "a" occurs twice`,
		`{"detail": {"a": {}, "a": {"x": [1]}}}`:                             `1:18: an empty object matches nothing`,
		`{"detail": {"a": [{"prefx": "x"}], "a": [1]}}`:                      `unknown operator`,
		`{"$or": [{"a": [1]}, {"b": [1]}], "$or": [{"c": [1]}, {"d": [1]}]}`: `1:35: "$or" occurs twice`,
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
