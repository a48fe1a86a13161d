package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// Plan is what a run would change, in lines for a person.
type Plan struct {
	Stack, Region, Account, Endpoint string
	Destroy                          bool
	Lines                            []Line
	Add, Change, Remove              int

	labels map[string]string // what every changed resource is, by address
}

// Line is one thing that changes.
type Line struct {
	Mark    string // + new, ~ changed, - removed, ± replaced
	Kind    string
	Name    string
	Detail  string
	Address string

	folded        int // changes of the same thing's settings
	module, index string
	rank          string // things before their settings, rules first
}

// Empty tells that nothing would change.
func (p Plan) Empty() bool { return len(p.Lines) == 0 }

// things are the resources a person knows; all others are settings of one of them, which is found in the same module.
var things = map[string]struct{ kind, name string }{
	"aws_sqs_queue":             {"queue", "name"},
	"aws_cloudwatch_event_rule": {"rule", "name"},
	"aws_s3_bucket":             {"bucket", "bucket"},
	"aws_cloudtrail":            {"trail", "name"},
	"aws_kms_key":               {"key", "description"},
}

func kindOf(resourceType string) string {
	if thing, ok := things[resourceType]; ok {
		return thing.kind
	}
	words := strings.TrimPrefix(resourceType, "aws_")
	for _, service := range []string{"cloudwatch_", "sqs_", "s3_"} {
		words = strings.TrimPrefix(words, service)
	}
	return strings.ReplaceAll(words, "_", " ")
}

// summarise says in lines what a plan of Terraform's changes.
func summarise(plan *tfjson.Plan) Plan {
	p := Plan{labels: map[string]string{}}
	changes := slices.Clone(plan.ResourceChanges)
	slices.SortStableFunc(changes, func(a, b *tfjson.ResourceChange) int {
		return strings.Compare(rank(a.Type), rank(b.Type))
	})
	for _, c := range changes {
		mark := markOf(c.Change.Actions)
		if mark == "" || c.Mode == tfjson.DataResourceMode {
			continue
		}
		p.count(mark)
		p.add(lineOf(c, mark))
	}
	for i := range p.Lines {
		p.Lines[i].countSettings()
	}
	slices.SortStableFunc(p.Lines, func(a, b Line) int { return strings.Compare(a.rank+a.Name, b.rank+b.Name) })
	return p
}

// countSettings adds to a line how many settings of its thing go with it.
func (l *Line) countSettings() {
	if l.folded == 0 {
		return
	}
	if l.Detail != "" {
		l.Detail += ", "
	}
	l.Detail += "with " + plural(l.folded, "setting")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// rank puts the things before their settings, rules first.
func rank(resourceType string) string {
	at := slices.Index([]string{"aws_cloudwatch_event_rule", "aws_sqs_queue", "aws_s3_bucket", "aws_cloudtrail", "aws_kms_key"}, resourceType)
	if at < 0 {
		at = 9
	}
	return fmt.Sprint(at)
}

func markOf(a tfjson.Actions) string {
	switch {
	case a.Replace():
		return "±"
	case a.Create():
		return "+"
	case a.Update():
		return "~"
	case a.Delete():
		return "-"
	}
	return ""
}

func (p *Plan) count(mark string) {
	switch mark {
	case "+":
		p.Add++
	case "~":
		p.Change++
	case "-":
		p.Remove++
	case "±":
		p.Add++
		p.Remove++
	}
}

// add folds a setting into the line of its thing when that one has the same mark: a new bucket has its settings with it.
func (p *Plan) add(l Line) {
	for i, thing := range p.Lines {
		if l.Name == "" && thing.Mark == l.Mark && thing.module == l.module && thing.index == l.index {
			p.Lines[i].folded++
			p.labels[l.Address] = l.Kind + " of " + thing.label()
			return
		}
	}
	if l.Name == "" {
		l.Name = l.Address
	}
	p.labels[l.Address] = l.label()
	p.Lines = append(p.Lines, l)
}

func lineOf(c *tfjson.ResourceChange, mark string) Line {
	before, after := object(c.Change.Before), object(c.Change.After)
	values := after
	if mark == "-" {
		values = before
	}
	l := Line{Mark: mark, Kind: kindOf(c.Type), Address: c.Address, module: c.ModuleAddress, index: fmt.Sprint(c.Index), rank: rank(c.Type)}
	if thing, ok := things[c.Type]; ok {
		if l.Name = text(values[thing.name]); l.Name == "" {
			l.Name = c.Address
		}
	}
	switch mark {
	case "~", "±":
		l.Detail = differences(before, after, object(c.Change.AfterUnknown))
	default:
		l.Detail = detail(c.Type, values)
	}
	return l
}

// detail is what a person wants to know of a thing beside its name.
func detail(resourceType string, values map[string]any) string {
	switch resourceType {
	case "aws_cloudwatch_event_rule":
		if schedule := text(values["schedule_expression"]); schedule != "" {
			return schedule
		}
		return patternWords(text(values["event_pattern"]))
	case "aws_sqs_queue":
		if values["fifo_queue"] == true {
			return "FIFO"
		}
	}
	return ""
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func text(v any) string { s, _ := v.(string); return s }

// differences names the attributes that change, with their values where those are short.
func differences(before, after, unknown map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		from, to := short(before[name]), short(after[name])
		if unknown[name] == true || name == "tags_all" || fmt.Sprint(before[name]) == fmt.Sprint(after[name]) {
			continue
		}
		if from == "" && to == "" {
			parts = append(parts, name)
		} else {
			parts = append(parts, fmt.Sprintf("%s %s → %s", name, orNone(from), orNone(to)))
		}
	}
	return strings.Join(parts, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "…"
	}
	return s
}

// short is a scalar's text, nothing for what would fill a line.
func short(v any) string {
	switch v.(type) {
	case map[string]any, []any:
		return ""
	}
	if s := fmt.Sprint(v); len(s) <= 40 {
		return s
	}
	return ""
}

func (l Line) label() string { return l.Kind + " " + l.Name }
