package pattern

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const explained = `{"version": "0", "source": "aws.EC2", "detailType": "x", "account": "123456789012", "resources": [],
	"detail": {"state": "stopped", "count": 9007199254740993, "size": "5", "tags": ["a", "b", "c", "d", "e"],
		"bucket": {"name": "b"}, "instance": {"id": "i-1"},
		"items": [{"k": "a", "v": 1}, {"k": "b", "v": 2}], "a.b": "dotted"}}`

var explanations = []struct {
	pattern string
	want    []string
}{
	{`{"account": ["123456789012"]}`, nil},
	{`{"source": ["aws.ec2", "aws.s3"]}`, []string{`source: wants "aws.ec2" or "aws.s3", the event has "aws.EC2" ` +
		`(only the case differs; {"equals-ignore-case": …} ignores it)`}},
	{`{"detail-type": ["x"], "account": ["1"]}`, []string{
		`detail-type: wants "x", the event has nothing (the event has a field "detailType"; names are compared ` +
			`letter by letter)`,
		`account: wants "1", the event has "123456789012"`,
	}},
	{`{"detail": {"State": ["stopped"]}}`, []string{
		`detail.State: wants "stopped", the event has nothing (the event has a field "state"; names are ` +
			`compared letter by letter)`,
	}},
	{`{"detail": {"instance": {"ID": ["i-1"]}}}`, []string{
		`detail.instance.ID: wants "i-1", the event has nothing (the event has a field "id"; names are ` +
			`compared letter by letter)`,
	}},
	{`{"detail": {"bucket": [{"exists": true}]}}`, []string{`detail.bucket: wants any value, the event has an object ` +
		`(a pattern compares values; name the fields inside the object)`}},
	{`{"resources": [{"prefix": "arn:"}]}`, []string{
		`resources: wants a string that begins with "arn:", the event has an empty array`,
	}},
	{`{"detail": {"size": [5]}}`, []string{
		`detail.size: wants 5, the event has "5" (the pattern has a number, the event a string)`,
	}},
	{`{"detail": {"count": [{"numeric": [">", 0, "<=", 1e300]}]}}`, []string{
		`detail.count: wants a number > 0 and <= 1e+300, the event has 9007199254740993`,
	}},
	{`{"detail": {"tags": ["x", {"suffix": "y"}, {"cidr": "10.0.0.0/8"}]}}`, []string{
		`detail.tags: wants "x" or a string that ends with "y" or an address in 10.0.0.0/8, the event has "a", ` +
			`"b", "c" and 2 more`,
	}},
	{`{"detail": {"state": [{"anything-but": ["stopped", "x"]}, {"exists": false}]}}`, []string{
		`detail.state: wants anything but "stopped" and "x" or no value, the event has "stopped"`,
	}},
	{`{"detail": {"state": [{"anything-but": {"prefix": ["st", "x"]}}, {"prefix": {"equals-ignore-case": ` +
		`"Run"}}]}}`, []string{
		`detail.state: wants anything but a string that begins with "st" and a string that begins with "x" ` +
			`or a string that begins with "Run" in upper or lower case, the event has "stopped"`,
	}},
	{`{"detail": {"a": {"b": [{"wildcard": "x*"}, {"equals-ignore-case": "y"}]}}}`, []string{
		`detail.a.b: wants a string like "x*" or "y" in upper or lower case, the event has "dotted"`,
	}},
	{
		`{"source": ["aws.EC2"], "$or": [{"detail": {"state": ["running"]}}, {"account": ["1"], "detail": {"size": ["5"]}}]}`,
		[]string{
			`$or[0]: detail.state: wants "running", the event has "stopped"`,
			`$or[1]: account: wants "1", the event has "123456789012"`,
		},
	},
	{`{"source": ["x"], "$or": [{"detail": {"state": ["stopped"]}}, {"account": ["1"]}]}`, []string{
		`source: wants "x", the event has "aws.EC2"`,
	}},
	{`{"detail": {"items": {"k": ["a"], "v": [2]}, "state": ["stopped"]}}`, []string{`detail.items.k, detail.items.v: ` +
		`wants values in the same element of an array, the event has them in different elements`}},
}

func TestExplain(t *testing.T) {
	for _, c := range explanations {
		p, err := parse([]byte(c.pattern))
		if err != nil {
			t.Fatal(err)
		}
		mismatches, err := explain(p, []byte(explained))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range mismatches {
			got = append(got, m.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.pattern, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

func TestExplainNamesThePlaceInThePattern(t *testing.T) {
	p, err := parse([]byte("{\n  \"source\": [\"x\"],\n  \"detail\": {\"state\": [\"running\"]}\n}"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := explain(p, []byte(`{"source": "x"}`))
	if err != nil || len(m) != 1 || m[0].Line != 3 || m[0].Column != 23 {
		t.Errorf("got %+v, %v, want one mismatch at 3:23", m, err)
	}
}

func TestBadEvents(t *testing.T) {
	p, err := parse([]byte(`{"source": ["a"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		``:                      `1:1: there is no JSON here; expected an event`,
		`{"source": "a"`:        `1:15: the text ends here; something is not closed, or a value is missing`,
		`{"source": "a",}`:      `1:15: invalid character ',' at start of value; remove the comma, nothing follows`,
		"{\"a\": 1\n \"b\": 2}": `2:2: invalid character '"' after object value (expecting ',' or '}')`,
		`{"x": {"y": [tru]}}`:   `1:17: invalid character ']' in literal true (expecting 'e')`,
		"{\"x\": \"\xff\"}":     `1:8: this is not UTF-8; save the file as UTF-8`,
		`{"source": "a"} {}`:    `1:17: the JSON ends before this; put several values into one array`,
		`{"x": 01}`:             `1:8: invalid character '1' after object value (expecting ',' or '}')`,
		`{"x":` + strings.Repeat("[", 10000) + "1": `1:10005: exceeded max depth`,
	} {
		var e *Error
		if _, err := explain(p, []byte(text)); !errors.As(err, &e) || e.Error() != want {
			t.Errorf("%.40s: got %v, want %s", text, err, want)
		}
	}
}
