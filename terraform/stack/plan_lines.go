package stack

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// Plan is what a run would change, in lines for the user.
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
	// Lost says in words what is deleted together with buckets and queues.
	Lost []string `json:"lost"`

	terraform  *tfjson.Plan
	unrecorded []existing        // in AWS and not in the state: deleted without Terraform
	losses     []*loss           // what is deleted with buckets and queues
	labels     map[string]string // label of every resource, by address
	steps      int               // number of steps that Terraform will report
}

// Line is one resource that changes, or whose parts change.
type Line struct {
	Mark    string `json:"mark"` // + new, = adopted, ~ changed, - removed, ± replaced
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Detail  string `json:"detail"`
	Address string `json:"address"`

	parts int // number of parts that have the same mark as the resource, and are only counted
}

// Empty reports whether nothing would change.
func (p Plan) Empty() bool { return len(p.Lines) == 0 }

func (l Line) label() string { return l.Kind + " " + l.Name }

// bookkeeping is the type of resources that exist only in Terraform's state, not in AWS, and are not shown.
const bookkeeping = "terraform_data"

// summarise returns what a run is about to do: Terraform's plan, and what is done in addition to it.
func (r *session) summarise(ctx context.Context, plan *tfjson.Plan, unrecorded []existing) (*Plan, error) {
	losses, err := r.losses(ctx, plan, unrecorded)
	if err != nil {
		return nil, err
	}
	p := linesOf(plan)
	p.Stack, p.Region, p.Account, p.Endpoint = r.Name, r.place.Region, r.place.Account, r.place.Endpoint
	p.Destroy = r.verb == "down"
	p.terraform, p.unrecorded, p.losses = plan, unrecorded, losses
	for _, e := range unrecorded {
		kind := inventory.TypeOf(e.Type).Label
		p.Lines = append(p.Lines, Line{Mark: "-", Kind: kind, Name: e.Name, Detail: e.reason, Address: e.address})
	}
	p.Remove += len(unrecorded)
	p.addLosses(losses)
	if names := changedOutputs(plan); len(names) > 0 && p.Empty() { // applying the plan stores them in the state
		p.Lines = append(p.Lines, Line{Mark: "~", Kind: "outputs", Name: strings.Join(names, ", ")})
	}
	return &p, nil
}

// linesOf turns a Terraform plan into lines: one for each resource, which includes the changes of its parts. A
// replacement counts twice: the resource is deleted and created.
func linesOf(plan *tfjson.Plan) Plan {
	p := Plan{labels: map[string]string{}}
	var lines []*Line
	owners := map[string]*Line{}
	counts := map[tfjson.Action]int{}
	for _, c := range inOrder(plan.ResourceChanges) {
		for _, action := range c.Change.Actions {
			counts[action]++
		}
		if c.Change.Importing != nil {
			p.Adopt++
		}
		t, owner := inventory.TypeOf(c.Type), owners[instance(c)]
		l := &Line{Kind: t.Label, Name: nameOf(c), Address: c.Address}
		l.Mark, l.Detail = describe(c)
		if t.IsPart() && owner != nil {
			l.Kind = strings.TrimPrefix(l.Kind, owner.Kind+" ")
			p.labels[c.Address] = l.Kind + " of " + owner.label()
			owner.add(l, c.Change.Actions.Update())
			continue
		}
		p.labels[c.Address] = l.label()
		lines = append(lines, l)
		if !t.IsPart() && owner == nil {
			owners[instance(c)] = l
		}
	}
	for _, l := range lines {
		if l.parts > 0 {
			l.Detail = joined(l.Detail, "with "+Plural(l.parts, "part"))
		}
		if l.Mark != "" {
			p.Lines = append(p.Lines, *l)
		}
	}
	p.Add, p.Change, p.Remove = counts[tfjson.ActionCreate], counts[tfjson.ActionUpdate], counts[tfjson.ActionDelete]
	p.steps = p.Add + p.Change + p.Remove
	return p
}

// add puts a part into the line of its resource.
func (l *Line) add(part *Line, updated bool) {
	switch {
	case part.Mark == "":
	case part.Mark == l.Mark && !updated:
		l.parts++
	default:
		l.Mark = cmp.Or(l.Mark, "~")
		l.Detail = joined(l.Detail, strings.TrimSpace(part.Mark+" "+part.Kind+" "+part.Detail))
	}
}

// inOrder returns the changes of resources in the order in which they are shown. A log bucket comes before the trail of
// the same module, so that the parts there are shown with the bucket, to which they belong.
func inOrder(changes []*tfjson.ResourceChange) []*tfjson.ResourceChange {
	list := slices.DeleteFunc(slices.Clone(changes), func(c *tfjson.ResourceChange) bool {
		return c.Mode == tfjson.DataResourceMode || c.Type == bookkeeping
	})
	slices.SortStableFunc(list, func(a, b *tfjson.ResourceChange) int {
		return cmp.Or(cmp.Compare(inventory.Rank(a.Type), inventory.Rank(b.Type)), cmp.Compare(nameOf(a), nameOf(b)))
	})
	return list
}

// nameOf returns the name of a resource; for a part of a bucket, the bucket's name; otherwise the address. A part is
// shown by itself if what it belongs to is not in the plan, such as a bucket that is not the stack's own.
func nameOf(c *tfjson.ResourceChange) string {
	attribute := cmp.Or(inventory.TypeOf(c.Type).Attribute, "bucket")
	return cmp.Or(text(valuesOf(c)[attribute]), c.Address)
}

// instance returns a text that is equal for a resource and its parts: the address of their module, and their index.
func instance(c *tfjson.ResourceChange) string { return fmt.Sprint(c.ModuleAddress, " ", c.Index) }

func changedOutputs(plan *tfjson.Plan) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(plan.OutputChanges)) {
		if !plan.OutputChanges[name].Actions.NoOp() {
			names = append(names, name)
		}
	}
	return names
}

// valuesOf returns the planned values of a resource or, if it is deleted, its last values.
func valuesOf(c *tfjson.ResourceChange) map[string]any {
	if after := object(c.Change.After); after != nil {
		return after
	}
	return object(c.Change.Before)
}

// describe returns the mark of a change, or "" if nothing changes, and what the user wants to know about the change,
// apart from the name.
func describe(c *tfjson.ResourceChange) (mark, detail string) {
	switch a := c.Change.Actions; {
	case a.Replace():
		mark, detail = "±", differences(c.Change)
	case a.Update():
		mark, detail = "~", differences(c.Change)
	case a.Create():
		mark, detail = "+", traits(c)
	case a.Delete():
		mark, detail = "-", traits(c)
	}
	if c.Change.Importing != nil {
		return "=", joined("already exists and belongs to this stack", mark+" "+detail)
	}
	return mark, detail
}

// traits returns what the user wants to know about a resource that is created or deleted, apart from the name.
func traits(c *tfjson.ResourceChange) string {
	switch values := valuesOf(c); {
	case c.Type == inventory.RuleType:
		return ruleOf(values).String()
	case c.Type == inventory.QueueType && values["fifo_queue"] == true:
		return "FIFO"
	case c.Type == "aws_s3_bucket_notification" && c.Change.Actions.Create():
		return "deletes the configuration of what the bucket now sends to Lambda, SNS and SQS; " +
			"ADOPT_NOTIFICATIONS=false leaves it as it is"
	}
	return ""
}

// String returns on one short line what a rule matches: the schedule, or the beginning of the pattern.
func (r Rule) String() string {
	const longest = 90 // characters
	line := []rune(cmp.Or(r.Schedule, r.Pattern))
	if len(line) > longest {
		line = append(line[:longest-1], '…')
	}
	return string(line)
}

// differences names the attributes that change, with their values if these are short.
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

// short returns a scalar as text, or "" if v is not a scalar or longer than 40 bytes.
func short(v any) string {
	switch v := v.(type) {
	case map[string]any, []any, nil:
		return ""
	case float64: // Sprint would write large numbers with an exponent
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if s := fmt.Sprint(v); len(s) <= 40 {
		return s
	}
	return ""
}

// joined returns two texts with a comma between them, if neither is empty.
func joined(a, b string) string { return strings.Trim(a+", "+b, ", ") }

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func text(v any) string { s, _ := v.(string); return s }

// Plural returns a number with its noun.
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
