package pattern

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// field is what one field of an event must hold for a pattern to match.
type field struct {
	path         string   // the names of the objects around it and its own, joined by dots: detail.state
	names        []string // the parts of path: to EventBridge {"a": {"b": 1}} and {"a.b": 1} are the same
	choice       string   // the innermost choice of an $or that contains it, such as detail.$or[1], or ""
	node         *node
	mayBeMissing bool // the field may be missing
	anyOf        []test
}

// wants lists in words what the field may hold.
func (f *field) wants() (words []string) {
	for _, t := range f.anyOf {
		words = append(words, t.wants)
	}
	return words
}

// combination is one way to match a pattern: it takes one choice of each $or, and all its fields must match. Its items
// are indexes into Pattern.fields. They are sorted by path. The method satisfies tries the fields in this order, as
// EventBridge does: {"exists": false} looks only into those array elements in which the fields before it have
// matched.
type combination []int

// maxCombinations bounds how many combinations the $ors of a pattern multiply to. EventBridge documents no number; a
// pattern of 2,048 characters reaches it only on purpose.
const maxCombinations = 1000

// envelope lists the top-level fields of events. Services and PutEvents send some of them, and EventBridge adds the
// others.
var envelope = []string{
	"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name",
}

// compile reads a pattern. If the result has mistakes, nothing else in it may be used.
func compile(src *source, root *node) *Pattern {
	p := &Pattern{src: src}
	if root.kind != kindObject {
		p.fail(root.at, `an event pattern is an object such as {"source": ["aws.ec2"]}, this is %s`, root.kind)
		return p
	}
	p.combinations = p.object(root, "", "", []combination{nil})
	p.checkComposed(root)
	if len(p.mistakes) > 0 {
		return p
	}
	for _, c := range p.combinations {
		slices.SortFunc(c, func(a, b int) int { return strings.Compare(p.fields[a].path, p.fields[b].path) })
	}
	p.checkWildcards()
	p.Text = src.compact(root)
	return p
}

// CheckComposed refuses a text that Terraform would change: it converts every string to Unicode's composed form (NFC),
// in which a letter and its accent are one character. EventBridge compares bytes, and does not match the other form.
func CheckComposed(text string) error {
	if norm.NFC.IsNormalString(text) {
		return nil
	}
	return fmt.Errorf("%+q is not in Unicode's composed form (NFC), like file names from macOS: Terraform would change "+
		"it to that form, and events with this text would not match; use a prefix that ends before the accented letter or, "+
		"in PATTERNS, a wildcard", text)
}

// checkComposed refuses the names and values in n that Terraform would change.
func (p *Pattern) checkComposed(n *node) {
	if err := CheckComposed(n.name); err != nil {
		p.fail(n.nameAt, "%v", err)
	}
	if err := CheckComposed(n.text); err != nil {
		p.fail(n.at, "%v", err)
	}
	for _, child := range n.children {
		p.checkComposed(child)
	}
}

// fail records a mistake. It returns an empty test in place of the one that could not be read.
func (p *Pattern) fail(at span, format string, args ...any) test {
	p.mistakes = append(p.mistakes, p.src.errorAt(at, format, args...))
	return test{}
}

// warn records what EventBridge accepts although it is probably a mistake.
func (p *Pattern) warn(at span, format string, args ...any) {
	p.Warnings = append(p.Warnings, p.src.errorAt(at, format, args...).Error())
}

// object adds the fields of an object to every combination, and returns the combinations. The prefix is the path of the
// object with a dot at its end, or "" at the top; for choice, see field.
func (p *Pattern) object(n *node, prefix, choice string, combinations []combination) []combination {
	if len(n.children) == 0 {
		p.fail(n.at, `an empty object matches nothing; name a field in it, such as {"source": ["aws.ec2"]}`)
	}
	for _, m := range n.children {
		if first := n.member(m.name); first != m && (m.name == "$or" || first.kind != m.kind) {
			p.fail(m.nameAt, "%q occurs twice, first on %s; write it once", m.name, p.src.position(first.nameAt.from))
		}
		combinations = p.member(m, prefix, choice, combinations)
	}
	return combinations
}

func (p *Pattern) member(m *node, prefix, choice string, combinations []combination) []combination {
	if m.name == "$or" {
		return p.or(m, prefix, combinations)
	}
	if prefix == "" && !slices.Contains(envelope, m.name) {
		hint := cmp.Or(didYouMean(m.name, envelope), `; what a service says about the event is inside "detail"`)
		p.warn(m.nameAt, "no event has a field %q at the top%s", m.name, hint)
	}
	switch _, isOperator := operators[m.name]; {
	case choice != "" && isOperator:
		p.fail(m.nameAt, `%q is the name of an operator and cannot be the name of a field inside "$or"; put an `+
			`operator into the array of a field, such as {"source": [{"prefix": "aws."}]}`, m.name)
	case m.kind == kindObject:
		return p.object(m, prefix+m.name+".", choice, combinations)
	case m.kind == kindArray:
		return p.field(m, prefix+m.name, choice, combinations)
	default:
		p.fail(m.at, "%q must be an array or an object, this is %s; write [%s]", m.name, m.kind, m.raw)
	}
	return combinations
}

const orForm = `"$or" takes an array of two or more objects, such as ` +
	`[{"source": ["aws.ec2"]}, {"account": ["123456789012"]}]`

// or replaces every combination with one combination for each choice.
func (p *Pattern) or(m *node, prefix string, combinations []combination) []combination {
	if m.kind != kindArray || len(m.children) < 2 {
		p.fail(m.at, orForm)
		return combinations
	}
	var all []combination
	for i, item := range m.children {
		if item.kind != kindObject {
			p.fail(item.at, orForm)
			continue
		}
		choice := fmt.Sprintf("%s$or[%d]", prefix, i)
		all = append(all, p.object(item, prefix, choice, slices.Clone(combinations))...)
		if len(all) > maxCombinations {
			p.fail(m.at, `the "$or"s multiply to more than %d combinations; split the pattern`, maxCombinations)
			return combinations
		}
	}
	return all
}

// field reads the array of a field and adds the field to every combination. If a combination already has a field with
// this path, the new field replaces the old one, as in EventBridge.
func (p *Pattern) field(n *node, path, choice string, combinations []combination) []combination {
	f := field{path: path, names: strings.Split(path, "."), choice: choice, node: n}
	if len(n.children) == 0 {
		p.fail(n.at, `an empty array matches nothing; list the values that match, or write [{"exists": true}] for any`)
	}
	for _, item := range n.children {
		t := p.alternative(item)
		f.anyOf = append(f.anyOf, t)
		f.mayBeMissing = f.mayBeMissing || t.mayBeMissing
		isText := item.kind == kindString || item.kind == kindObject
		if !isText && path != "detail" && slices.Contains(envelope, path) {
			p.warn(item.at, "%q is a string in every event, so this never matches; write %q", path, item.text)
		}
	}
	p.fields = append(p.fields, f)
	var before *node
	for i, c := range combinations {
		same := slices.IndexFunc(c, func(number int) bool { return p.fields[number].path == path })
		if same >= 0 {
			before = p.fields[c[same]].node
			c = slices.Concat(c[:same], c[same+1:])
		}
		combinations[i] = append(slices.Clip(c), len(p.fields)-1)
	}
	if before != nil {
		p.warn(n.nameAt, "%s is also given on %s; EventBridge ignores that one and uses this one", path,
			p.src.position(before.at.from))
	}
	return combinations
}
