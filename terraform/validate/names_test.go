package validate

import (
	"strings"
	"testing"
)

// accepted is a text that a check accepts or refuses, and words that the refusal must contain, or "" if it is accepted.
type accepted struct {
	text, refusal string
}

func check(t *testing.T, f func(string) error, table []accepted) {
	t.Helper()
	for _, c := range table {
		err := f(c.text)
		switch {
		case c.refusal == "" && err != nil:
			t.Errorf("%q is refused: %v", c.text, err)
		case c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)):
			t.Errorf("%q: got %v, want a refusal with %q", c.text, err, c.refusal)
		}
	}
}

func TestName(t *testing.T) {
	check(t, Name, []accepted{
		{"dispatch", ""},
		{"a", ""},
		{"team-1", ""},
		{strings.Repeat("a", 51), ""},
		{strings.Repeat("a", 52), "1 to 51"},
		{"", "1 to 51"},
		{"Upper", "a–z"},
		{"under_score", "a–z"},
		{"-a", "single hyphens"},
		{"a-", "single hyphens"},
		{"a--b", "single hyphens"},
		{"../up", "a–z"},
	})
}

func TestRegion(t *testing.T) {
	check(t, Region, []accepted{
		{"us-west-2", ""},
		{"us-gov-east-1", ""},
		{"ap-southeast-4", ""},
		{"eusc-de-east-1", ""},
		{"us-west-2a", "the name of an AWS region"},
		{"US-WEST-2", "the name of an AWS region"},
		{"oregon", "the name of an AWS region"},
		{"", "the name of an AWS region"},
	})
}
