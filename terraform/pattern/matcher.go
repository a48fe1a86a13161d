package pattern

import (
	"bytes"
	"strings"
)

// matcher is one of the alternatives in the array of a field.
type matcher interface {
	match(v *value) bool
}

// value is what an event has in a field: a string in its quotes and without escapes, or a number or a literal as the
// event writes it.
type value struct {
	text  []byte
	chain int // the array elements that the field lies in, see run.chains
	next  int // the next value of the same field, or none

	number  float64
	numeric numericState
}

// numericState says what is known of a value as a number, so that it is parsed once at most.
type numericState uint8

const (
	numericUnknown numericState = iota
	numericYes
	numericNo
)

// float is the value as EventBridge compares numbers; false when it is none, or none that a double holds.
func (v *value) float() (float64, bool) {
	if v.numeric == numericUnknown {
		v.numeric = numericNo
		if c := v.text[0]; c == '-' || c >= '0' && c <= '9' {
			if f, ok := parseNumber(v.text); ok {
				v.number, v.numeric = f, numericYes
			}
		}
	}
	return v.number, v.numeric == numericYes
}

// valueMatcher is that of a plain value in a pattern.
func valueMatcher(n *node) matcher {
	switch n.kind {
	case kindString:
		// EventBridge takes an address in a pattern for the address, however the event writes it.
		if ip, ok := parseIP([]byte(n.text)); ok {
			return oneAddress(ip)
		}
		return exact{`"` + n.text + `"`}
	case kindNumber:
		if f, ok := parseNumber([]byte(n.text)); ok {
			return bounds{low: f, high: f}
		}
		if strings.ContainsAny(n.text, ".eE") {
			return never{}
		}
	}
	return exact{n.text}
}

// never is a number that a double does not hold, and that is no whole number: AWS rewrites it in events, and no event
// then has it.
type never struct{}

func (never) match(*value) bool { return false }

type exact struct{ text string }

func (m exact) match(v *value) bool { return string(v.text) == m.text }

type prefix struct{ text string }

func (m prefix) match(v *value) bool {
	return len(v.text) >= len(m.text) && string(v.text[:len(m.text)]) == m.text
}

type suffix struct{ text string }

func (m suffix) match(v *value) bool {
	return len(v.text) >= len(m.text) && string(v.text[len(v.text)-len(m.text):]) == m.text
}

// present is {"exists": true}.
type present struct{}

func (present) match(*value) bool { return true }

// absent is {"exists": false}; it looks for fields, so no value matches it.
type absent struct{}

func (absent) match(*value) bool { return false }

// bounds is a range of numbers, with or without its ends.
type bounds struct {
	low, high         float64
	lowOpen, highOpen bool
}

func (m bounds) match(v *value) bool {
	f, ok := v.float()
	if !ok || f < m.low || f > m.high {
		return false
	}
	return !(m.lowOpen && f == m.low) && !(m.highOpen && f == m.high)
}

// none is an anything-but of strings in any form. What is no string is anything but a string.
type none []matcher

func (m none) match(v *value) bool {
	for _, other := range m {
		if other.match(v) {
			return false
		}
	}
	return true
}

// noNumber is an anything-but of numbers. What is no number, or none that a double holds, is anything but a number.
type noNumber []float64

func (m noNumber) match(v *value) bool {
	f, ok := v.float()
	if !ok {
		return true
	}
	for _, other := range m {
		if f == other {
			return false
		}
	}
	return true
}

// glob is a wildcard: the pieces between its asterisks, which a text must hold in this order.
type glob [][]byte

func newGlob(text string) glob {
	g := glob{nil}
	for i := 0; i < len(text); i++ {
		if text[i] == '*' {
			g = append(g, nil)
			continue
		}
		if text[i] == '\\' {
			i++
		}
		g[len(g)-1] = append(g[len(g)-1], text[i])
	}
	return g
}

func (m glob) match(v *value) bool {
	if len(m) == 1 {
		return bytes.Equal(v.text, m[0])
	}
	first, last := m[0], m[len(m)-1]
	if len(v.text) < len(first)+len(last) || !bytes.HasPrefix(v.text, first) || !bytes.HasSuffix(v.text, last) {
		return false
	}
	rest := v.text[len(first) : len(v.text)-len(last)]
	for _, piece := range m[1 : len(m)-1] {
		i := bytes.Index(rest, piece)
		if i < 0 {
			return false
		}
		rest = rest[i+len(piece):]
	}
	return true
}
