package pattern

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// badCase is a text that is refused, and the message for the user.
type badCase struct{ text, want string }

var badJSON = []badCase{
	{``, `1:1: there is no JSON here; expected an event pattern, such as {"source": ["aws.ec2"]}`},
	{" \n\t ", `2:3: there is no JSON here; expected an event pattern, such as {"source": ["aws.ec2"]}`},
	{`source`, `1:1: invalid character 's' at start of value; put text in double quotes`},
	{`{source: ["a"]}`, `1:2: invalid character 's' at start of value; put text in double quotes`},
	{`{'source': ["a"]}`, `1:2: invalid character '\'' at start of value; put text in double quotes`},
	{`{"source": ['a']}`, `1:13: invalid character '\'' at start of value; put text in double quotes`},
	{`{"source": [aws.ec2]}`, `1:13: invalid character 'a' at start of value; put text in double quotes`},
	{`{"source": [True]}`, `1:13: invalid character 'T' at start of value; put text in double quotes`},
	{`{"source" ["a"]}`, `1:11: invalid character '[' after object name (expecting ':')`},
	{`{"source": }`, `1:12: invalid character '}' at start of value`},
	{`{"source": ["a",, "b"]}`, `1:17: invalid character ',' at start of value`},
	{`{"source": ["a",]}`, `1:16: invalid character ',' at start of value; remove the comma, nothing follows`},
	{
		"{\n  \"source\": [\"a\"],\n}",
		`2:18: invalid character ',' at start of value; remove the comma, nothing follows`,
	},
	{`{"source": ["a" "b"]}`, `1:17: invalid character '"' after array element (expecting ',' or ']')`},
	{
		"{\n  \"source\": [\"a\"]\n  \"detail\": {\"x\": [1]}\n}",
		`3:3: invalid character '"' after object value (expecting ',' or '}')`,
	},
	{`{"source": ["a"}`, `1:16: invalid character '}' after array element (expecting ',' or ']')`},
	{"{\n  \"source\": [\"a\"]\n", `2:18: the text ends here; something is not closed, or a value is missing`},
	{`{"source": [`, `1:13: the text ends here; something is not closed, or a value is missing`},
	{`{"source":`, `1:11: the text ends here; something is not closed, or a value is missing`},
	{`{"source": ["aws.ec2]}`, `1:23: the text ends here; something is not closed, or a value is missing`},
	{"{\"source\": [\"aws.ec2\n\"]}", `1:21: invalid character '\n' in string (expecting non-control character)`},
	{"{\"source\": [\"a\tb\"]}", `1:15: invalid character '\t' in string (expecting non-control character)`},
	{`{"source": ["C:\dir"]}`, "1:16: invalid escape sequence `\\d` in string"},
	{`{"source": ["\u12g4"]}`, "1:14: invalid escape sequence `\\u12g4` in string"},
	{`{"n": [007]}`, `1:9: invalid character '0' after array element (expecting ',' or ']')`},
	{`{"n": [1.]}`, `1:10: invalid character ']' in number (expecting digit)`},
	{`{"n": [10.0.0.1]}`, `1:12: invalid character '.' after array element (expecting ',' or ']')`},
	{`{"n": [+1]}`, `1:8: invalid character '+' at start of value`},
	{
		"{\n  // all of EC2\n  \"source\": [\"a\"]\n}",
		`2:3: invalid character '/' at start of value; JSON has no comments`,
	},
	{
		`{"source": ["a"]} {"source": ["b"]}`,
		`1:19: the JSON ends before this; put several values into one array`,
	},
	{"{\"source\": [\"caf\xe9\"]}", `1:17: this is not UTF-8; save the file as UTF-8`},
}

var badShape = []badCase{
	{`[]`, `1:1: an event pattern is an object such as {"source": ["aws.ec2"]}, this is an array`},
	{`"aws.ec2"`, `1:1: an event pattern is an object such as {"source": ["aws.ec2"]}, this is a string`},
	{`{}`, `1:1: an empty object matches nothing; name a field in it, such as {"source": ["aws.ec2"]}`},
	{
		`{"detail": {}}`,
		`1:12: an empty object matches nothing; name a field in it, such as {"source": ["aws.ec2"]}`,
	},
	{`{"source": "aws.ec2"}`, `1:12: "source" must be an array or an object, this is a string; write ["aws.ec2"]`},
	{`{"detail": {"count": 5}}`, `1:22: "count" must be an array or an object, this is a number; write [5]`},
	{
		`{"detail": null}`,
		`1:12: "detail" must be an array or an object, this is true, false or null; write [null]`,
	},
	{
		`{"source": []}`,
		`1:12: an empty array matches nothing; list the values that match, or write [{"exists": true}] for ` +
			`any`,
	},
	{
		`{"source": [["aws.ec2"]]}`,
		`1:13: an array inside an array matches nothing; list the values themselves, EventBridge looks into ` +
			`the arrays of an event by itself`,
	},
	{
		`{"$or": {"source": ["a"]}}`,
		`1:9: "$or" takes an array of two or more objects, such as [{"source": ["aws.ec2"]}, {"account": ` +
			`["123456789012"]}]`,
	},
	{
		`{"$or": []}`,
		`1:9: "$or" takes an array of two or more objects, such as [{"source": ["aws.ec2"]}, {"account": ` +
			`["123456789012"]}]`,
	},
	{
		`{"$or": [{"source": ["a"]}]}`,
		`1:9: "$or" takes an array of two or more objects, such as [{"source": ["aws.ec2"]}, {"account": ` +
			`["123456789012"]}]`,
	},
	{
		`{"$or": [{"source": ["a"]}, "b"]}`,
		`1:29: "$or" takes an array of two or more objects, such as [{"source": ["aws.ec2"]}, {"account": ` +
			`["123456789012"]}]`,
	},
	{
		`{"$or": [{"source": ["a"]}, {}]}`,
		`1:29: an empty object matches nothing; name a field in it, such as {"source": ["aws.ec2"]}`,
	},
	{
		`{"$or": [{"prefix": ["a"]}, {"source": ["b"]}]}`,
		`1:11: "prefix" is the name of an operator and cannot be the name of a field inside "$or"; put an operator into ` +
			`the array of a field, such as {"source": [{"prefix": "aws."}]}`,
	},
	{"{\"key\": [{\"prefix\": \"cafe\u0301/\"}]}", `1:21: "cafe\u0301/" ` + notComposed},
	{`{"key": [{"anything-but": {"suffix": ["cafe\u0301/"]}}]}`, `1:39: "cafe\u0301/" ` + notComposed},
	{`{"cafe\u0301": {"key": ["café/", "caf*/"]}}`, `1:2: "cafe\u0301" ` + notComposed},
}

const notComposed = "is not in Unicode's composed form (NFC), like file names from macOS: Terraform would change it " +
	"to that form, and events with this text would not match; use a prefix that ends before the accented letter or, in " +
	"PATTERNS, a wildcard"

var badOperator = []badCase{
	{
		`{"source": [{}]}`,
		`1:13: an empty object is not an operator; the operators are anything-but, cidr, equals-ignore-case, ` +
			`exists, numeric, prefix, suffix and wildcard`,
	},
	{`{"source": [{"prefx": "aws."}]}`, `1:14: unknown operator "prefx"; did you mean "prefix"?`},
	{`{"source": [{"Prefix": "aws."}]}`, `1:14: unknown operator "Prefix"; did you mean "prefix"?`},
	{
		`{"source": [{"anythingBut": "aws."}]}`,
		`1:14: unknown operator "anythingBut"; did you mean "anything-but"?`,
	},
	{
		`{"source": [{"starts-with": "aws."}]}`,
		`1:14: unknown operator "starts-with"; the operators are anything-but, cidr, equals-ignore-case, ` +
			`exists, numeric, prefix, suffix and wildcard`,
	},
	{
		`{"source": [{"contains": "ec2"}]}`,
		`1:14: unknown operator "contains"; the operators are anything-but, cidr, equals-ignore-case, ` +
			`exists, numeric, prefix, suffix and wildcard`,
	},
	{
		`{"source": [{"zzz": "ec2"}]}`,
		`1:14: unknown operator "zzz"; the operators are anything-but, cidr, equals-ignore-case, exists, ` +
			`numeric, prefix, suffix and wildcard`,
	},
	{
		`{"detail": [{"state": ["running"]}]}`,
		`1:14: unknown operator "state"; if "state" is a field, remove the array around its object`,
	},
	{
		`{"source": [{"prefix": "a", "suffix": "b"}]}`,
		`1:29: an object can hold only one operator, and "suffix" is a second one; if either may match, write two ` +
			`objects (EventBridge cannot require both)`,
	},
	{
		`{"source": [{"prefix": 1}]}`,
		`1:24: "prefix" takes a string, or {"equals-ignore-case": "…"}`,
	},
	{
		`{"source": [{"prefix": ["a"]}]}`,
		`1:24: "prefix" takes a string, or {"equals-ignore-case": "…"}`,
	},
	{
		`{"source": [{"prefix": {"suffix": "a"}}]}`,
		`1:24: "prefix" takes a string, or {"equals-ignore-case": "…"}`,
	},
	{
		`{"source": [{"suffix": {"equals-ignore-case": 1}}]}`,
		`1:47: "suffix" takes a string, or {"equals-ignore-case": "…"}`,
	},
	{
		`{"source": [{"equals-ignore-case": ["a"]}]}`,
		`1:36: "equals-ignore-case" takes a string`,
	},
	{
		`{"source": [{"wildcard": "a**b"}]}`,
		`1:26: "wildcard" takes a string; ` + wildcardRule,
	},
	{
		`{"source": [{"wildcard": "a\\b"}]}`,
		`1:26: "wildcard" takes a string; in a wildcard, * stands for any number of characters, no two asterisks are in ` +
			`a row, and a backslash is only before * or \; in JSON, write \\* and \\\\`,
	},
	{`{"source": [{"exists": "true"}]}`, `1:24: "exists" takes true or false without quotes`},
	{
		`{"ip": [{"cidr": 10}]}`,
		`1:18: "cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32; write a single address as a plain string`,
	},
	{
		`{"ip": [{"cidr": "10.0.0.0"}]}`,
		`1:18: "cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32; write a single address as a plain string`,
	},
	{
		`{"ip": [{"cidr": "10.0.0.256/8"}]}`,
		`1:18: "cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32; write a single address as a plain string`,
	},
	{
		`{"ip": [{"cidr": "10.0.0.0/32"}]}`,
		`1:18: "cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32; write a single address as a plain string`,
	},
	{
		`{"ip": [{"cidr": "2001:db8::/x"}]}`,
		`1:18: "cidr" takes an address block such as 10.0.0.0/8 or 2001:db8::/32; write a single address as a plain string`,
	},
}

const takesAnythingBut = `"anything-but" takes a string, a number of at most 15 digits, a list of strings or of ` +
	`numbers, or an object with prefix, suffix, equals-ignore-case or wildcard and a string or a list of strings; ` +
	`no list, prefix or suffix is empty; ` + wildcardRule

const takesNumeric = `"numeric" takes an array such as ["=", 5], [">=", 1] or [">", 0, "<=", 10]; ` +
	`the first bound of a range is the lower one, and a number has at most 15 digits`

var badNumeric = []badCase{
	{`{"n": [{"numeric": 5}]}`, `1:20: ` + takesNumeric},
	{`{"n": [{"numeric": []}]}`, `1:20: ` + takesNumeric},
	{`{"n": [{"numeric": [5]}]}`, `1:21: ` + takesNumeric},
	{`{"n": [{"numeric": ["!=", 5]}]}`, `1:21: ` + takesNumeric},
	{`{"n": [{"numeric": [">"]}]}`, `1:21: ` + takesNumeric},
	{`{"n": [{"numeric": [">", "5"]}]}`, `1:21: ` + takesNumeric},
	{`{"n": [{"numeric": ["<", 5, ">", 1]}]}`, `1:20: ` + takesNumeric},
	{`{"n": [{"numeric": [">=", 5, "<=", 5]}]}`, `1:20: ` + takesNumeric},
	{`{"n": [{"numeric": [">", 9007199254740993]}]}`, `1:21: ` + takesNumeric},
	{`{"s": [{"anything-but": []}]}`, `1:25: ` + takesAnythingBut},
	{`{"s": [{"anything-but": null}]}`, `1:25: ` + takesAnythingBut},
	{`{"s": [{"anything-but": ["a", 1]}]}`, `1:31: ` + takesAnythingBut},
	{`{"s": [{"anything-but": ["a", null]}]}`, `1:31: ` + takesAnythingBut},
	{`{"s": [{"anything-but": {}}]}`, `1:25: ` + takesAnythingBut},
	{`{"s": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}`, `1:25: ` + takesAnythingBut},
	{`{"s": [{"anything-but": {"prefix": ""}}]}`, `1:36: ` + takesAnythingBut},
	{`{"s": [{"anything-but": {"suffix": ["a", 1]}}]}`, `1:42: ` + takesAnythingBut},
	{`{"s": [{"anything-but": {"wildcard": []}}]}`, `1:38: ` + takesAnythingBut},
	{`{"s": [{"anything-but": 1e400}]}`, `1:25: ` + takesAnythingBut},
}

// Every part of a pattern can be valid while the whole pattern is too large.
func TestParseRefusesTooMuch(t *testing.T) {
	var ors strings.Builder
	for i := range 10 {
		fmt.Fprintf(&ors, `, "o%d": {"$or": [{"a": [1]}, {"b": [1]}]}`, i)
	}
	for text, want := range map[string]string{
		"{" + ors.String()[2:] + "}": `1:385: the "$or"s multiply to more than 1000 combinations; ` +
			`split the pattern`,
	} {
		if _, err := parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, cases := range [][]badCase{badJSON, badShape, badOperator, badNumeric} {
		for _, c := range cases {
			p, err := parse([]byte(c.text))
			var e *Error
			if p != nil || !errors.As(err, &e) {
				t.Errorf("%s: got %v, %v, want an *Error", c.text, p, err)
				continue
			}
			if e.Error() != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.text, e, c.want)
			}
		}
	}
}
