package pattern

import "strings"

// Literals are the strings that the pattern names for a field, and those that it takes as the beginning of one,
// wherever in the pattern that is. Operators other than prefix name none.
func (p *Pattern) Literals(path string) (whole, beginnings []string) {
	for i := range p.fields {
		if p.fields[i].path != path {
			continue
		}
		for _, m := range p.fields[i].anyOf {
			switch m := m.(type) {
			case exact:
				whole = append(whole, strings.Trim(m.text, `"`))
			case prefix:
				beginnings = append(beginnings, strings.TrimPrefix(m.text, `"`))
			}
		}
	}
	return whole, beginnings
}
