package stack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// Plan is what a run would change, in lines for a person.
type Plan struct {
	Stack    string `json:"stack"`
	Region   string `json:"region"`
	Account  string `json:"account"`
	Endpoint string `json:"endpoint"`
	Destroy  bool   `json:"destroy"`
	Lines    []Line `json:"changes"`
	Add      int    `json:"add"`
	Adopt    int    `json:"adopt"`
	Change   int    `json:"change"`
	Remove   int    `json:"remove"`
	// Lost is what goes with buckets and queues, in words.
	Lost []string `json:"lost"`

	labels map[string]string // what every resource is, by address
	steps  int               // that Terraform will report
}

// Line is one resource that changes, or some of whose settings do.
type Line struct {
	Mark    string `json:"mark"` // + new, = adopted, ~ changed, - removed, ± replaced
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Detail  string `json:"detail"`
	Address string `json:"address"`

	rank   int
	folded int // settings that come and go with the resource
}

// Empty tells that nothing would change.
func (p Plan) Empty() bool { return len(p.Lines) == 0 }

func (l Line) label() string { return l.Kind + " " + l.Name }

// kinds are the types of resources that a person knows by name, with the attribute that holds it, in the order in which
// they are shown. All others are settings of one of them.
var kinds = []struct{ resourceType, kind, name string }{
	{"aws_cloudwatch_event_rule", "rule", "name"},
	{"aws_sqs_queue", "queue", "name"},
	{"aws_s3_bucket", "bucket", "bucket"},
	{"aws_cloudtrail", "trail", "name"},
	{"aws_kms_key", "key", "description"},
	{"aws_cloudwatch_metric_alarm", "alarm", "alarm_name"},
	{"aws_cloudwatch_dashboard", "dashboard", "dashboard_name"},
	{"aws_sns_topic", "topic", "name"},
	{"aws_sns_topic_subscription", "subscription", "endpoint"},
}

// bookkeeping is what Terraform notes for itself: nothing in AWS, and nothing to show.
const bookkeeping = "terraform_data"

// rank is a type's place among the kinds, which come before their settings.
func rank(resourceType string) int {
	for i, k := range kinds {
		if k.resourceType == resourceType {
			return i
		}
	}
	return len(kinds)
}

func isSetting(resourceType string) bool { return rank(resourceType) == len(kinds) }

// nameOf is the attribute that holds a resource's name, if it has one.
func nameOf(resourceType string) string {
	if isSetting(resourceType) {
		return ""
	}
	return kinds[rank(resourceType)].name
}

func kindOf(resourceType string) string {
	if !isSetting(resourceType) {
		return kinds[rank(resourceType)].kind
	}
	kind := strings.TrimPrefix(resourceType, "aws_")
	for _, service := range []string{"cloudwatch_event_", "sqs_", "s3_", "kms_", "sns_"} {
		kind = strings.TrimPrefix(kind, service)
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// summarise says in lines what a plan of Terraform's changes. kept are addresses that up untaints, with the reason in
// words.
func summarise(plan *tfjson.Plan, kept map[string]string) Plan {
	p := Plan{labels: map[string]string{}}
	changes := slices.Clone(plan.ResourceChanges)
	slices.SortStableFunc(changes, func(a, b *tfjson.ResourceChange) int { return rank(a.Type) - rank(b.Type) })
	owners := ownersIn(changes)
	for _, c := range changes {
		mark := markOf(c.Change)
		if mark == "" && kept[c.Address] != "" {
			mark = "~"
		}
		if c.Mode == tfjson.DataResourceMode || mark == "" || c.Type == bookkeeping {
			continue
		}
		p.count(mark, c.Change.Actions)
		p.add(c, mark, kept[c.Address], owners)
	}
	for i := range p.Lines {
		if n := p.Lines[i].folded; n > 0 {
			p.Lines[i].note("with " + plural(n, "setting"))
		}
	}
	slices.SortStableFunc(p.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Name, b.Name))
	})
	return p
}

// markOf is the mark of a change, nothing where there is none.
func markOf(c *tfjson.Change) string {
	switch a := c.Actions; {
	case c.Importing != nil:
		return "="
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

func (p *Plan) count(mark string, actions tfjson.Actions) {
	switch mark {
	case "+":
		p.Add++
	case "=":
		p.Adopt++
		if actions.Update() {
			p.Change++
		}
	case "~":
		p.Change++
	case "-":
		p.Remove++
	case "±":
		p.Add++
		p.Remove++
	}
	if !actions.NoOp() && !actions.Read() {
		p.steps += len(actions) // what is replaced is deleted and created
	}
}

// add puts a change into the lines: a resource in one of its own, a setting into that of its resource.
func (p *Plan) add(c *tfjson.ResourceChange, mark, kept string, owners map[string]Line) {
	owner, owned := owners[instance(c)]
	if !isSetting(c.Type) || !owned {
		l := lineOf(c, mark)
		if isSetting(c.Type) {
			l = settingAlone(c, mark)
		}
		l.note(kept)
		p.labels[c.Address] = l.label()
		p.Lines = append(p.Lines, l)
		return
	}
	kind := strings.TrimPrefix(kindOf(c.Type), owner.Kind+" ")
	p.labels[c.Address] = kind + " of " + owner.label()
	l := p.line(owner)
	if mark == "=" && c.Change.Actions.Update() {
		mark = "~"
	}
	switch {
	case l.Mark == mark && mark != "~":
		l.folded++
	case kept != "":
		l.note(strings.TrimSpace(kind + " " + kept + " " + detailOf(c, mark)))
	default:
		l.note(strings.TrimSpace(mark + " " + kind + " " + detailOf(c, mark)))
	}
}

// ownersIn finds the resources that settings belong to, changed or not: a setting is in the same module, under the same
// index. The changes are sorted by rank, so the settings beside a trail are those of its log bucket.
func ownersIn(changes []*tfjson.ResourceChange) map[string]Line {
	owners := map[string]Line{}
	for _, c := range changes {
		if isSetting(c.Type) || c.Mode == tfjson.DataResourceMode {
			continue
		}
		if _, taken := owners[instance(c)]; !taken {
			owner := lineOf(c, markOf(c.Change))
			owner.Detail = ""
			owners[instance(c)] = owner
		}
	}
	return owners
}

func instance(c *tfjson.ResourceChange) string { return fmt.Sprint(c.ModuleAddress, " ", c.Index) }

// line is the line of a resource; one that does not change itself gets one.
func (p *Plan) line(owner Line) *Line {
	for i := range p.Lines {
		if p.Lines[i].Address == owner.Address {
			return &p.Lines[i]
		}
	}
	owner.Mark = "~"
	p.Lines = append(p.Lines, owner)
	return &p.Lines[len(p.Lines)-1]
}

func lineOf(c *tfjson.ResourceChange, mark string) Line {
	name := cmp.Or(text(valuesOf(c)[nameOf(c.Type)]), c.Address)
	return Line{
		Mark: mark, Kind: kindOf(c.Type), Name: name, Address: c.Address, Detail: detailOf(c, mark), rank: rank(c.Type),
	}
}

// settingAlone is the line of a setting whose resource is not the stack's own: an adopted bucket.
func settingAlone(c *tfjson.ResourceChange, mark string) Line {
	name := cmp.Or(text(valuesOf(c)["bucket"]), c.Address)
	l := Line{Mark: mark, Kind: kindOf(c.Type), Name: name, Address: c.Address, rank: rank(c.Type)}
	if c.Type == "aws_s3_bucket_notification" && mark == "+" {
		l.note("takes the place of all that the bucket sends to Lambda, SNS and SQS; " +
			"ADOPT_NOTIFICATIONS=false leaves it alone")
	}
	return l
}

func (l *Line) note(text string) {
	if l.Detail != "" && text != "" {
		l.Detail += ", "
	}
	l.Detail += text
}

// outputs are a line of its own where nothing else changes: they are part of the state.
func (p *Plan) outputs(plan *tfjson.Plan) {
	var names []string
	for name, c := range plan.OutputChanges {
		if !c.Actions.NoOp() {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		p.Lines = append(p.Lines, Line{Mark: "~", Kind: "outputs", Name: strings.Join(names, ", ")})
	}
}

// valuesOf is what a resource is to be, or was when it goes.
func valuesOf(c *tfjson.ResourceChange) map[string]any {
	if after := object(c.Change.After); after != nil {
		return after
	}
	return object(c.Change.Before)
}

// detailOf is what a person wants to know of a change beside the name.
func detailOf(c *tfjson.ResourceChange, mark string) string {
	switch {
	case mark == "~" || mark == "±":
		return differences(c.Change)
	case mark == "=" && c.Change.Actions.Update():
		return "exists already and is this stack's, ~ " + differences(c.Change)
	case mark == "=":
		return "exists already and is this stack's"
	}
	values := valuesOf(c)
	switch {
	case c.Type == "aws_cloudwatch_event_rule":
		return Rule{Pattern: text(values["event_pattern"]), Schedule: text(values["schedule_expression"])}.String()
	case c.Type == "aws_sqs_queue" && values["fifo_queue"] == true:
		return "FIFO"
	}
	return ""
}

// differences names the attributes that change, with their values where those are short.
func differences(c *tfjson.Change) string {
	before, after, unknown := object(c.Before), object(c.After), object(c.AfterUnknown)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if unknown[name] == true || name == "tags_all" || fmt.Sprint(before[name]) == fmt.Sprint(after[name]) {
			continue
		}
		if from, to := short(before[name]), short(after[name]); from != "" || to != "" {
			name = fmt.Sprintf("%s %s → %s", name, cmp.Or(from, "…"), cmp.Or(to, "…"))
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

// short is a scalar's text, and nothing for what would fill a line.
func short(v any) string {
	switch v.(type) {
	case map[string]any, []any, nil:
		return ""
	}
	if s := fmt.Sprint(v); len(s) <= 40 {
		return s
	}
	return ""
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func text(v any) string { s, _ := v.(string); return s }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
