// Package pattern reads EventBridge event patterns, checks them as strictly as EventBridge does, and says whether an
// event matches one and, if not, which part of the pattern fails. It is pure: no network, no files, no clock.
//
// A text becomes a tree of JSON values (json.go). One walk over that tree reports every mistake with its place and
// turns each field into tests, each of which knows what it wants in words (compile.go, operators.go, values.go). An
// event becomes such a tree too, in which the values of each field are looked up (match.go); Explain describes the
// result of that search.
//
// What a pattern means is decided by AWS's rule engine (aws/event-ruler), quirks included: strings are compared as
// UTF-8 bytes, numbers as doubles where a double holds them exactly and else digit by digit, fields that lie in the
// same array must be satisfied by the same element of it.
//
// It agrees with 476 answers that were recorded from AWS itself, which differs from its engine in one thing: a fraction
// that a float64 cannot hold exactly never matches, because AWS rewrites it in events.
package pattern

import (
	"slices"
	"strings"
)

// Pattern is one valid event pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	src      *source
	text     string
	warnings []*Error

	fields []field // what each field must hold; a field in an $or may be part of several rules
	rules  []rule  // the pattern without $or: it matches when one of them does
}

// Parse reads one event pattern. Its error is an *Error and names the first mistake.
func Parse(text []byte) (*Pattern, error) {
	src := newSource("", text)
	root, err := readJSON(src, `an event pattern, such as {"source": ["aws.ec2"]}`)
	if err != nil {
		return nil, err
	}
	p, errs := compile(src, root)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return p, nil
}

// Text is the pattern as it was given, without white space: what is sent to AWS. Names that are in one object twice are
// put together, because what rewrites JSON on the way to AWS keeps the last of them alone.
func (p *Pattern) Text() string { return p.text }

// meaning is the same for patterns that ask for the same in another order, notation or nesting.
func (p *Pattern) meaning() string {
	var ways []string
	for _, r := range p.rules {
		way := ""
		for _, number := range r {
			way += p.fields[number].meaning() + "\n"
		}
		ways = append(ways, way)
	}
	slices.Sort(ways)
	return strings.Join(slices.Compact(ways), "\n")
}

// Literals returns the exact strings and the prefixes that the pattern lists for a field. Other operators are ignored.
func (p *Pattern) Literals(path string) (whole, beginnings []string) {
	for i := range p.fields {
		if p.fields[i].path != path {
			continue
		}
		for _, item := range p.fields[i].node.children {
			if item.kind == kindString || item.kind == kindLiteral {
				whole = append(whole, item.text)
			}
			for _, operator := range item.children {
				switch {
				case operator.kind != kindString:
				case operator.name == "exactly":
					whole = append(whole, operator.text)
				case operator.name == "prefix":
					beginnings = append(beginnings, operator.text)
				}
			}
		}
	}
	return whole, beginnings
}
