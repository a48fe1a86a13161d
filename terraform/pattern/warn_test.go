package pattern

import (
	"slices"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{`{"source": ["aws.ec2"], "detail-type": ["x"], "detail": {"n": [300.0], "any.thing": [{"exists": true}]}}`, nil},
		{`{"version": ["0"], "id": ["1"], "account": ["1"], "time": ["t"], "region": ["r"], "resources": ["a"]}`, nil},
		{`{"detailtype": ["x"]}`, []string{`1:2: no event has a field "detailtype" at the top; did you mean "detail-type"?`}},
		{`{"Source": ["x"]}`, []string{`1:2: no event has a field "Source" at the top; did you mean "source"?`}},
		{`{"state": ["running"]}`, []string{
			`1:2: no event has a field "state" at the top; what a service says about the event is inside "detail"`,
		}},
		{`{"$or": [{"acount": ["x"]}, {"source": ["y"]}]}`, []string{
			`1:11: no event has a field "acount" at the top; did you mean "account"?`,
		}},
		{`{"account": [123456789012, "1"], "resources": [null]}`, []string{
			`1:14: "account" is a string in every event, so this never matches; write "123456789012"`,
			`1:48: "resources" is a string in every event, so this never matches; write "null"`,
		}},
		{`{"detail": {"id": [9007199254740993, 0.12345678901234567]}}`, []string{
			`1:38: 0.12345678901234567 changes when it is converted to a double, and AWS rewrites such numbers in events: ` +
				`this never matches`,
		}},
		{`{"source": ["a"], "$or": [{"source": ["b"]}, {"account": ["1"]}]}`, []string{
			`1:28: source is also given on line 1, column 12; EventBridge ignores that one and uses this one`,
		}},
		{`{"detail": {"a": [1]}, "detail.a": [2]}`, []string{
			`1:24: no event has a field "detail.a" at the top; did you mean "detail"?`,
			`1:24: detail.a is also given on line 1, column 18; EventBridge ignores that one and uses this one`,
		}},
	} {
		p, err := parse([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := p.Warnings; !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

// Whether one value can reach more than ten places in the wildcards was counted by AWS's own evaluator.
func TestRefusesComplexWildcards(t *testing.T) {
	for text, want := range map[string]bool{
		`{"wildcard": "*"}`:                       false,
		`{"wildcard": "arn:aws:s3:::*/images/*"}`: false,
		`{"wildcard": "*aaaaaaa"}`:                false, // 8
		`{"wildcard": "*aaaaaaaaaaaaaaa"}`:        true,  // 16
		`{"wildcard": "*a*a*a*a*a*a*"}`:           true,  // 13
		`{"wildcard": "*:stack/a/*"}, {"wildcard": "*:stack/b/*"}, {"wildcard": "*:stack/c/*"}`: false, // 9
		`{"wildcard": "*:stack/a/*"}, {"wildcard": "*:stack/b/*"}, {"wildcard": "*:stack/c/*"}, ` +
			`{"wildcard": "*:stack/d/*"}`: true, // 12
		`{"anything-but": {"wildcard": ["*:stack/a/*", "*:stack/b/*", "*:stack/c/*", "*:stack/d/*"]}}`: false, // 9
	} {
		_, err := parse([]byte(`{"detail": {"f": [` + text + `]}}`))
		if got := err != nil && strings.Contains(err.Error(), `the wildcards of "detail.f" as too complex`); got != want {
			t.Errorf("%s: %v, want it refused: %t", text, err, want)
		}
	}
	choice := func(before string) string {
		return `{` + before + `"f": [{"wildcard": "*:stack/a/*"}, {"wildcard": "*:stack/b/*"}]}`
	}
	for text, want := range map[string]bool{
		choice("") + "," + choice(`"g": [1], `):                    true, // g comes after f, so both choices read f at once
		choice(`"a": [1], `) + "," + choice(`"a": [1], "g": [1],`): true,
		choice(`"a": [1], `) + "," + choice(`"a": [2], `):          false,
	} {
		if _, err := parse([]byte(`{"detail": {"$or": [` + text + `]}}`)); (err != nil) != want {
			t.Errorf("%s: %v, want it refused: %t", text, err, want)
		}
	}
}
