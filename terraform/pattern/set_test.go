package pattern

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestParseSetReadsAllForms(t *testing.T) {
	const object = "{\n  \"ec2\": {\"source\": [\"aws.ec2\"]},\n  \"s3.v-1_A\": {\"source\": [\"aws.s3\"]}\n}"
	const array = "[{\"source\": [\"aws.ec2\"]},\n {\"source\": [\"aws.s3\"]}]"
	for text, want := range map[string]string{
		object: `ec2 2:3 {"source":["aws.ec2"]}, s3.v-1_A 3:3 {"source":["aws.s3"]}`,
		array:  ` 1:2 {"source":["aws.ec2"]},  2:2 {"source":["aws.s3"]}`,

		` {"source": ["aws.ec2"]}`:                              ` 1:2 {"source":["aws.ec2"]}`,
		`{"detail": {"state": ["running"]}}`:                    ` 1:1 {"detail":{"state":["running"]}}`,
		`{"source": ["a"], "detail": {"source": ["b"]}}`:        ` 1:1 {"source":["a"],"detail":{"source":["b"]}}`,
		`{"mine": {"a": [1]}, "$or": [{"a": [1]}, {"b": [1]}]}`: ` 1:1 {"mine":{"a":[1]},"$or":[{"a":[1]},{"b":[1]}]}`,
		`[{"detail": {"source": ["b"]}}]`:                       ` 1:2 {"detail":{"source":["b"]}}`,
		`{"detail": {"source": ["b"]}, "x": {"detail": {"a": [1]}}}`: ` 1:1 ` +
			`{"detail":{"source":["b"]},"x":{"detail":{"a":[1]}}}`,
		`{"detail": {"$or": [{"a": [1]}, {"b": [1]}]}}`:    ` 1:1 {"detail":{"$or":[{"a":[1]},{"b":[1]}]}}`,
		`{"detailType": ["x"]}`:                            ` 1:1 {"detailType":["x"]}`,
		`{"dynamodb": {"Keys": {"S": ["x"]}}}`:             ` 1:1 {"dynamodb":{"Keys":{"S":["x"]}}}`,
		`{"detail.a": {"b": [1]}}`:                         ` 1:1 {"detail.a":{"b":[1]}}`,
		`{"a": {"sorce": ["x"]}}`:                          `a 1:2 {"sorce":["x"]}`,
		`{"EventPattern": {"source": ["a"]}}`:              ` 1:1 {"source":["a"]}`,
		`{"Name": "n", "EventPattern": {"source": ["a"]}}`: ` 1:1 {"source":["a"]}`,
		`[{"EventPattern": ["a"]}]`:                        ` 1:2 {"EventPattern":["a"]}`,
		`[{"EventPattern": {"source": ["a"]}}]`:            ` 1:2 {"source":["a"]}`,
		`{"n": {"EventPattern": {"source": ["a"]}}}`:       `n 1:2 {"source":["a"]}`,
	} {
		named, mistakes := ParseSet("PATTERNS", []byte(text), 2048)
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		got := make([]string, 0, len(named))
		for _, n := range named {
			got = append(got, fmt.Sprintf("%s %d:%d %s", n.Name, n.Line, n.Column, n.Text))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s\n got %s\nwant %s", text, strings.Join(got, ", "), want)
		}
	}
}

// TestParseSetReadsUTF16 reads a text as PowerShell writes it.
func TestParseSetReadsUTF16(t *testing.T) {
	text := utf16(t, `{"é": {"source": ["a"]}}`)
	named, mistakes := ParseSet("p", text, 2048)
	if len(mistakes) > 0 || named[0].Name != "é" || named[0].Text != `{"source":["a"]}` {
		t.Errorf("%+v, %v", named, mistakes)
	}
}

func utf16(t *testing.T, text string) []byte {
	t.Helper()
	encoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestPatternsOfASetKnowTheirPlace(t *testing.T) {
	named, mistakes := ParseSet("p.json", []byte("{\n  \"a\":\n    {\"sorce\": [\"x\"]}\n}"), 2048)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := []string{`p.json:3:6: no event has a field "sorce" at the top; did you mean "source"?`}
	if got := named[0].Warnings; !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
}

const noSet = "expected an event pattern, an array of patterns, or an object with a pattern for each name"

var badSets = []badCase{
	{``, `p:1:1: there is no JSON here; ` + noSet},
	{`5`, `p:1:1: ` + noSet + `, this is a number`},
	{`[]`, `p:1:1: there is no pattern in an array; ` + noSet},
	{`{}`, `p:1:1: there is no pattern in an object; ` + noSet},
	{`{"source": {}}`, `p:1:12: an empty object matches nothing; name a field in it, such as {"source": ["aws.ec2"]}`},
	{`{"source": ["a"], "detail": "b"}`, `p:1:29: "detail" must be an array or an object, this is a string; write ["b"]`},
	{`["aws.ec2"]`, `p:1:2: an event pattern is an object such as {"source": ["aws.ec2"]}, this is a string`},
	{`{"a": {"source": ["a"]}, "a": {"source": ["b"]}}`, `p:1:26: the name "a" is already used on line 1, column 2; ` +
		`each pattern needs a name of its own`},
	{`[{"source": ["` + strings.Repeat("é", 2034) + `"]}]`, `p:1:2: the pattern has 2049 characters without ` +
		`white space, ` +
		`the limit is 2048; shorten or split it, or ask AWS to raise the quota`},
}

func TestParseSetRefuses(t *testing.T) {
	for _, c := range badSets {
		named, mistakes := ParseSet("p", []byte(c.text), 2048)
		if named != nil || len(mistakes) != 1 || mistakes[0].Error() != c.want {
			t.Errorf("%s\n got %v, %v\nwant %s", c.text, named, mistakes, c.want)
		}
	}
}

func TestParseSetNamesEveryMistake(t *testing.T) {
	const text = `{
  "a b": {"source": "x", "detail": {"state": []}},
  "ok": {"source": ["x"]},
  "ok": {"source": [{"prefx": "x"}]}
}`
	_, mistakes := ParseSet("p", []byte(text), 2048)
	var places []string
	for _, e := range mistakes {
		places = append(places, fmt.Sprintf("%d:%d", e.Line, e.Column))
	}
	want := []string{"2:21", "2:46", "4:3", "4:22"}
	if !slices.Equal(places, want) {
		t.Errorf("got %q, want %q", places, want)
	}
}

func TestLimitCountsCharactersOfWhatIsSent(t *testing.T) {
	text := `[ { "source" : [ "` + strings.Repeat("é", 2033) + `" ] } ]`
	if _, mistakes := ParseSet("p", []byte(text), 2048); len(mistakes) > 0 {
		t.Errorf("2,048 characters: %v", mistakes)
	}
	if _, mistakes := ParseSet("p", []byte(text), 2047); len(mistakes) == 0 {
		t.Error("2,048 characters are accepted under a limit of 2,047")
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
