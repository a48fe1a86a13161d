// Package pattern reads EventBridge event patterns, checks them as strictly as EventBridge does, and reports whether an
// event matches one and, if not, which parts of the pattern it does not match. It uses no network, no files and no
// clock.
//
// A text becomes a tree of JSON values (json.go). One walk over that tree reports every mistake with its place and
// turns each field into tests, each of which has a description of what it accepts (validate_pattern.go, operators.go,
// values.go, wildcard.go). An event becomes such a tree too, in which the values of each field are looked up
// (match.go); Explain describes the result of that search.
//
// A pattern means what AWS's rule engine (aws/event-ruler) makes of it, including its quirks: strings are compared as
// UTF-8 bytes; numbers are compared as doubles if a double keeps all their decimal digits (0.1, but not
// 9007199254740993), and otherwise digit by digit; fields in the same array must be satisfied by the same element of
// it.
//
// This package agrees with 476 answers that were recorded from AWS itself. AWS differs from aws/event-ruler in one
// thing: a fraction with more digits than a double keeps never matches, because AWS rewrites such numbers in events.
package pattern

import "slices"

// Pattern is one event pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	Name  string // in a set; "" if it has none
	Place        // of the name, or of the pattern if it has no name
	// Text is the pattern as it was given, without white space: what is sent to AWS. Fields that occur twice in one object
	// are merged, because a program that rewrites the JSON on its way to AWS, such as Terraform, keeps only the last one.
	Text string
	// Warnings lists what EventBridge accepts although it is probably a mistake, such as a field that no event has. Each
	// warning begins with its place, as an Error does.
	Warnings []string

	src      *source
	mistakes []*Error
	fields   []field // what each field must hold; a field in an $or may be part of several combinations
	// combinations are the ways to match the pattern, with every $or expanded: it matches if one of them matches.
	combinations []combination
}

// Literals returns the exact values and the prefixes that the pattern lists for a field. Other operators are ignored.
func (p *Pattern) Literals(path string) (texts []string) {
	for i := range p.fields {
		if p.fields[i].path != path {
			continue
		}
		for _, item := range p.fields[i].node.children {
			if item.kind == kindObject {
				item = item.children[0]
			}
			if item.kind != kindObject && slices.Contains([]string{"", "exactly", "prefix"}, item.name) {
				texts = append(texts, item.text)
			}
		}
	}
	return texts
}
