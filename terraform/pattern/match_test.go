package pattern

import (
	"strings"
	"sync"
	"testing"
)

// matches reports whether a pattern matches the text of an event, which need not have all fields that EventBridge
// requires.
func matches(p *Pattern, event []byte) (bool, error) {
	mismatches, err := explain(p, event)
	return err == nil && len(mismatches) == 0, err
}

func explain(p *Pattern, event []byte) ([]Mismatch, error) {
	root, err := newSource("", event).readJSON("an event")
	if err != nil {
		return nil, err
	}
	return p.Explain(Event{root: root}), nil
}

// corners are cases that the vectors lack, in which the engine differs from its guide or from other matchers. Each
// result is from AWS's engine.
var corners = []struct {
	name, pattern, event string
	want                 bool
}{
	{"number, other notation", `{"a": [300]}`, `{"a": 3.0e2}`, true},
	{"number beyond a double, same digits", `{"a": [9007199254740993]}`, `{"a": 9007199254740993}`, true},
	{"number beyond a double, its neighbour", `{"a": [9007199254740993]}`, `{"a": 9007199254740992}`, false},
	{"number beyond a double, other notation", `{"a": [9007199254740993]}`, `{"a": 9007199254740993.0}`, false},
	{"number beyond a double is in no range", `{"a": [{"numeric": [">", 0]}]}`, `{"a": 9007199254740993}`, false},
	{"number beyond a double is anything but a number", `{"a": [{"anything-but": 5}]}`, `{"a": 9007199254740993}`, true},
	{"minus zero", `{"a": [0]}`, `{"a": -0.0}`, true},
	{"a string is no number", `{"a": [5]}`, `{"a": "5"}`, false},
	{"null", `{"a": [null]}`, `{"a": null}`, true},
	{"null is there", `{"a": [{"exists": true}]}`, `{"a": null}`, true},
	{"an empty array is not", `{"a": [{"exists": true}]}`, `{"a": []}`, false},
	{"an object is no value", `{"a": [{"exists": false}]}`, `{"a": {"b": 1}}`, true},
	{"anything-but takes other types", `{"a": [{"anything-but": "x"}]}`, `{"a": true}`, true},
	{"anything-but wants a value", `{"a": [{"anything-but": "x"}]}`, `{}`, false},
	{"anything-but of one element", `{"a": [{"anything-but": "x"}]}`, `{"a": ["x", "y"]}`, true},
	{"a field with the name of an operator", `{"prefix": ["x"]}`, `{"prefix": "x"}`, true},
	{"dotted name in the pattern", `{"a.b": [1]}`, `{"a": {"b": 1}}`, true},
	{"dotted name in the event", `{"a": {"b": {"c": [1]}}}`, `{"a.b": {"c": 1}}`, true},
	{"same name twice in the event", `{"a": [1]}`, `{"a": 1, "a": 2}`, true},
	{"escaped name", `{"a": ["x"]}`, `{"\u0061": "\u0078"}`, true},
	{"surrogate pair", `{"a": ["🚀"]}`, `{"a": "\ud83d\ude80"}`, true},
	{"prefix may reach the closing quote", `{"a": [{"prefix": "ab\""}]}`, `{"a": "ab"}`, true},
	{"address, other notation", `{"a": ["::1"]}`, `{"a": "0:0:0:0:0:0:0:1"}`, true},
	{"address with zeros before", `{"a": ["10.0.0.1"]}`, `{"a": "010.000.000.001"}`, true},
	{"address in an address", `{"a": ["::ffff:a00:1"]}`, `{"a": "10.0.0.1"}`, true},
	{"exactly compares text", `{"a": [{"exactly": "::1"}]}`, `{"a": "0:0:0:0:0:0:0:1"}`, false},
	{"0.0.0.0/0 takes version 6", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": "2001:db8::1"}`, true},
	{"0.0.0.0/0 takes no text", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": "host"}`, false},
	{"0.0.0.0/0 takes a number", `{"a": [{"cidr": "0.0.0.0/0"}]}`, `{"a": 5}`, true},
	{"a block of version 6", `{"a": [{"cidr": "2001:db8::/33"}]}`, `{"a": "2001:DB8:7fff::1"}`, true},
	{"outside a block of version 6", `{"a": [{"cidr": "2001:db8::/33"}]}`, `{"a": "2001:db8:8000::1"}`, false},
	{"exactly", `{"a": [{"exactly": "x"}]}`, `{"a": "x"}`, true},
	{
		"all escapes", `{"a": ["\"\\\/\b\f\n\r\t\u00e9"]}`,
		`{"a": "\u0022\u005C\u002f\u0008\u000c\u000A\u000d\u0009é"}`, true,
	},
	{"case of a dotted capital I", `{"a": [{"equals-ignore-case": "İ"}]}`, `{"a": "i\u0307"}`, true},
	{"less than the smallest double", `{"a": [{"numeric": ["<", 1]}]}`, `{"a": 1e-400}`, false},
	{"case of one letter for two", `{"a": [{"equals-ignore-case": "straße"}]}`, `{"a": "STRASSE"}`, true},
	{"case of two letters for one", `{"a": [{"equals-ignore-case": "STRASSE"}]}`, `{"a": "straße"}`, false},
	{"case beyond U+FFFF", `{"a": [{"equals-ignore-case": "🚀"}]}`, `{"a": "🚀"}`, false},
	{"case of the end", `{"a": [{"suffix": {"equals-ignore-case": ".Jpg"}}]}`, `{"a": "x.jPG"}`, true},
	{"wildcard without asterisk", `{"a": [{"wildcard": "ab"}]}`, `{"a": "abc"}`, false},
	{"wildcard, pieces must not overlap", `{"a": [{"wildcard": "ab*ba"}]}`, `{"a": "aba"}`, false},
	{"wildcard, hidden asterisk", `{"a": [{"wildcard": "a\\**\\\\"}]}`, `{"a": "a*x\\"}`, true},
	{"one element for all fields", `{"a": {"b": [1], "c": [2]}}`, `{"a": [{"b": 1}, {"c": 2}]}`, false},
	{"missing from the element", `{"a": {"b": [1], "c": [{"exists": false}]}}`, `{"a": [{"b": 1}, {"c": 2}]}`, true},
	{
		"missing decided before the element", `{"a": {"b": [{"exists": false}], "c": [2]}}`,
		`{"a": [{"b": 1}, {"c": 2}]}`, false,
	},
	{"arrays in arrays", `{"a": {"b": [1], "c": [2]}}`, `{"a": [[{"b": 1}], [{"b": 1, "c": 2}]]}`, true},
	{
		"plain values are in no element", `{"a": ["x"], "$or": [{"a.b": [1]}, {"a.c": [1]}]}`,
		`{"a": ["x", {"c": 1}]}`, true,
	},
}

func TestMatch(t *testing.T) {
	for _, c := range corners {
		p, err := parse([]byte(c.pattern))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := matches(p, []byte(c.event)); err != nil || got != c.want {
			t.Errorf("%s: %s on %s: got %t, %v", c.name, c.pattern, c.event, got, err)
		}
	}
}

func TestMatchIsSafeForConcurrentUse(t *testing.T) {
	p, err := parse([]byte(`{"a": {"b": [{"exists": true}], "c": [1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	events := []string{`{"a": [{"b": 1, "c": 1}]}`, `{"a": [{"b": "\u0062"}, {"c": 1}]}`}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 500 {
				if got, err := matches(p, []byte(events[i%2])); err != nil || got != (i%2 == 0) {
					t.Errorf("event %d: got %t, %v", i%2, got, err)
				}
			}
		})
	}
	all.Wait()
}

// Three arrays whose elements never match would cost the product of their lengths if every combination were tried.
func TestLargeArraysAreFast(t *testing.T) {
	both := `{"x": [1], "y": [2]}`
	p, err := parse([]byte(`{"a": ` + both + `, "b": ` + both + `, "c": ` + both +
		`, "d": {"e": ` + both + `, "f": ` + both + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	full := "[" + strings.Repeat(`{"x": 1, "y": 2},`, 500) + `{}]`
	apart := "[" + strings.Repeat(`{"x": 1},`, 500) + `{"y": 2}]`
	nested := `[{"e": ` + full + `, "f": ` + apart + `}, {"e": ` + full + `, "f": ` + apart + `}]`
	event := `{"a": ` + full + `, "b": ` + full + `, "c": ` + full + `, "d": ` + nested + `}`
	if got, err := matches(p, []byte(event)); err != nil || got {
		t.Errorf("got %t, %v", got, err)
	}
}
