package pattern

import (
	"bytes"
	"slices"
	"strings"
)

// Mismatch is a part of a pattern that an event fails.
type Mismatch struct {
	Path         string // the field, such as detail.state; several, with commas, when they must be of one array element
	Choice       string // the choice of an $or that the part is in, such as $or[1]; "" when it must match in any case
	Wants        string // what the pattern accepts there
	Has          string // what the event has there
	Hint         string // what may have been meant, or ""
	Line, Column int    // the place in the pattern
}

func (m Mismatch) String() string {
	s := m.Path + ": wants " + m.Wants + ", the event has " + m.Has
	if m.Choice != "" {
		s = m.Choice + ": " + s
	}
	if m.Hint != "" {
		s += " (" + m.Hint + ")"
	}
	return s
}

// Explain tells which parts of the pattern an event fails; none when it matches. Where every choice of an $or fails,
// the parts of those that come closest are given. Its error is an *Error, when the event is no JSON object.
func (p *Pattern) Explain(event []byte) ([]Mismatch, error) {
	r := p.runs.Get().(*run)
	defer r.release()
	if !r.scan(event) {
		return nil, badEvent(event)
	}
	var closest []rule
	var failing []int
	least := len(p.fields) + 1
	for _, rule := range p.rules {
		if r.satisfies(rule) {
			return nil, nil
		}
		failed := r.unsatisfied(rule)
		if len(failed) > least {
			continue
		}
		if len(failed) < least {
			least, closest, failing = len(failed), nil, nil
		}
		closest, failing = append(closest, rule), append(failing, failed...)
	}
	if least == 0 {
		return r.scattered(closest), nil
	}
	root, err := newSource("", bytes.ToValidUTF8(event, []byte("�"))).read("an event")
	if err != nil {
		return nil, err
	}
	return r.mismatches(failing, root), nil
}

// unsatisfied lists the fields of a rule that no value of the event satisfies, wherever it lies.
func (r *run) unsatisfied(fields rule) []int {
	var failed []int
	for _, n := range fields {
		f := &r.p.fields[n]
		if len(r.find(n)) == 0 && (!f.absent || r.first[f.id] != nothing) {
			failed = append(failed, n)
		}
	}
	return failed
}

func (r *run) mismatches(fields []int, event *node) []Mismatch {
	slices.Sort(fields)
	var out []Mismatch
	for _, n := range slices.Compact(fields) {
		f := &r.p.fields[n]
		has, hint := lookUp(event, f)
		m := Mismatch{Path: f.path, Choice: f.choice(), Wants: wants(f.node), Has: has, Hint: hint}
		m.Line, m.Column = r.p.src.position(f.node.off)
		out = append(out, m)
	}
	return out
}

// scattered is for rules whose fields are all satisfied, but not within one and the same element of an array.
func (r *run) scattered(rules []rule) []Mismatch {
	var out []Mismatch
	for _, rule := range rules {
		m := Mismatch{
			Wants: "values in one and the same element of an array",
			Has:   "them in different ones",
		}
		var paths []string
		for _, n := range rule {
			f := &r.p.fields[n]
			if !r.inArray(f.id) {
				continue
			}
			if paths = append(paths, f.path); len(paths) == 1 {
				m.Line, m.Column = r.p.src.position(f.node.off)
			}
			m.Choice = max(m.Choice, f.choice())
		}
		m.Path = strings.Join(paths, ", ")
		out = append(out, m)
	}
	return out
}

// inArray tells whether a value of the path lies in an element of an array.
func (r *run) inArray(path int) bool {
	for i := r.first[path]; i != nothing; i = r.values[i].next {
		if r.values[i].chain != noChain {
			return true
		}
	}
	return false
}

// choice is the innermost choice of an $or that the field is in.
func (f *field) choice() string {
	i := strings.LastIndex(f.at, "$or[")
	if i < 0 {
		return ""
	}
	return f.at[:i+strings.IndexByte(f.at[i:], ']')+1]
}
