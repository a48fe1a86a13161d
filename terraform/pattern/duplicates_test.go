package pattern

import (
	"strings"
	"testing"
)

// TestMergesDuplicates holds what is sent to AWS, too: Terraform's provider would keep the last of two names alone.
func TestMergesDuplicates(t *testing.T) {
	for text, want := range map[string]string{
		`{"detail": {"a": {"x": [1]}, "a": {"y": [2]}}}`:              `{"detail":{"a":{"x":[1],"y":[2]}}}`,
		`{"detail": {"a": [1], "b": [2], "\u0061": ["\u00e9", 1e3]}}`: `{"detail":{"b":[2],"a":["é",1e3]}}`,
		`{"detail": {"a": {"x": [1]}}, "detail": {"a": {"x": [{"exists":true}]}}}`: "" +
			`{"detail":{"a":{"x":[{"exists":true}]}}}`,
		`{"$or": [{"a": [1], "a": [2]}, {"b": [1]}]}`: `{"$or":[{"a":[2]},{"b":[1]}]}`,
	} {
		p, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(p.Text()); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if said := strings.Join(p.Warnings(), "\n"); !strings.Contains(said, "is here twice, first on line 1") {
			t.Errorf("%s: warnings %s", text, said)
		}
	}
	for text, want := range map[string]string{
		`{"detail": {"a": {"x": [1]}, "a": [2]}}`:                            `1:30: "a" is here twice`,
		`{"detail": {"a": {}, "a": {"x": [1]}}}`:                             `1:18: an empty object matches nothing`,
		`{"detail": {"a": [{"prefx": "x"}], "a": [1]}}`:                      `unknown operator`,
		`{"$or": [{"a": [1]}, {"b": [1]}], "$or": [{"c": [1]}, {"d": [1]}]}`: `1:35: "$or" is here twice`,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
