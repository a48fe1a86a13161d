package stack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
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

	folded int // settings that come and go with the resource
}

// Empty reports whether nothing would change.
func (p Plan) Empty() bool { return len(p.Lines) == 0 }

func (l Line) label() string { return l.Kind + " " + l.Name }

func (l *Line) note(text string) {
	if l.Detail != "" && text != "" {
		l.Detail += ", "
	}
	l.Detail += text
}

// bookkeeping is what Terraform notes for itself: nothing in AWS, and nothing to show.
const bookkeeping = "terraform_data"

// summarise says in lines what a plan of Terraform's changes: a resource in one of its own, a setting in that of its
// resource. kept are the addresses of what an up was making when it ended.
func summarise(plan *tfjson.Plan, kept []string) Plan {
	p := Plan{labels: map[string]string{}}
	var lines []*Line
	owners := map[string]*Line{}
	for _, c := range inOrder(plan.ResourceChanges) {
		t, owner := inventory.TypeOf(c.Type), owners[instance(c)]
		l := &Line{Mark: markOf(c.Change), Kind: t.Label, Name: nameOf(c), Detail: detailOf(c), Address: c.Address}
		if slices.Contains(kept, c.Address) {
			l.Detail = "kept: the last run was cut off while making it"
		}
		p.count(l.Mark, c.Change.Actions)
		if t.Setting && owner != nil {
			l.Kind = strings.TrimPrefix(l.Kind, owner.Kind+" ")
			p.labels[c.Address] = l.Kind + " of " + owner.label()
			owner.add(l, c.Change)
			continue
		}
		p.labels[c.Address] = l.label()
		lines = append(lines, l)
		if !t.Setting && owner == nil {
			owners[instance(c)] = l
		}
	}
	for _, l := range lines {
		if l.folded > 0 {
			l.note("with " + plural(l.folded, "setting"))
		}
		if l.Mark != "" {
			p.Lines = append(p.Lines, *l)
		}
	}
	return p
}

// inOrder are the changes of resources, in the order in which they are shown. The settings beside a trail are those of
// its log bucket, which comes first.
func inOrder(changes []*tfjson.ResourceChange) []*tfjson.ResourceChange {
	list := slices.DeleteFunc(slices.Clone(changes), func(c *tfjson.ResourceChange) bool {
		return c.Mode == tfjson.DataResourceMode || c.Type == bookkeeping
	})
	slices.SortStableFunc(list, func(a, b *tfjson.ResourceChange) int {
		return cmp.Or(cmp.Compare(inventory.Rank(a.Type), inventory.Rank(b.Type)), cmp.Compare(nameOf(a), nameOf(b)))
	})
	return list
}

// nameOf is what a resource is called; a setting without a name is called by the bucket that it is of, which matters
// where that is not the stack's own.
func nameOf(c *tfjson.ResourceChange) string {
	t, values := inventory.TypeOf(c.Type), valuesOf(c)
	if t.Setting {
		return cmp.Or(text(values["bucket"]), c.Address)
	}
	return cmp.Or(text(values[t.Attribute]), c.Address)
}

// instance is what a resource has in common with its settings: they are in the same module, under the same index.
func instance(c *tfjson.ResourceChange) string { return fmt.Sprint(c.ModuleAddress, " ", c.Index) }

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

// add puts a setting into the line of its resource.
func (l *Line) add(setting *Line, c *tfjson.Change) {
	mark, detail := setting.Mark, setting.Detail
	if mark == "=" && c.Actions.Update() {
		mark, detail = "~", differences(c)
	}
	switch {
	case mark == "":
	case mark == l.Mark && mark != "~":
		l.folded++
	default:
		l.Mark = cmp.Or(l.Mark, "~")
		l.note(strings.TrimSpace(mark + " " + setting.Kind + " " + detail))
	}
}

// outputs are a line of its own where nothing else changes: they are part of the state.
func (p *Plan) outputs(plan *tfjson.Plan) {
	if names := changedOutputs(plan); len(names) > 0 && p.Empty() {
		p.Lines = append(p.Lines, Line{Mark: "~", Kind: "outputs", Name: strings.Join(names, ", ")})
	}
}

func changedOutputs(plan *tfjson.Plan) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(plan.OutputChanges)) {
		if !plan.OutputChanges[name].Actions.NoOp() {
			names = append(names, name)
		}
	}
	return names
}

// valuesOf is what a resource is to be, or was when it goes.
func valuesOf(c *tfjson.ResourceChange) map[string]any {
	if after := object(c.Change.After); after != nil {
		return after
	}
	return object(c.Change.Before)
}

// detailOf is what a person wants to know of a change beside the name.
func detailOf(c *tfjson.ResourceChange) string {
	values := valuesOf(c)
	switch mark := markOf(c.Change); {
	case mark == "":
		return ""
	case mark == "~" || mark == "±":
		return differences(c.Change)
	case mark == "=" && c.Change.Actions.Update():
		return "exists already and is this stack's, ~ " + differences(c.Change)
	case mark == "=":
		return "exists already and is this stack's"
	case c.Type == "aws_cloudwatch_event_rule":
		return ruleOf(values).String()
	case c.Type == "aws_sqs_queue" && values["fifo_queue"] == true:
		return "FIFO"
	case c.Type == "aws_s3_bucket_notification" && mark == "+":
		return "takes the place of all that the bucket sends to Lambda, SNS and SQS; " +
			"ADOPT_NOTIFICATIONS=false leaves it alone"
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
