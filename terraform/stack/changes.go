package stack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// Plan is what a run would change, in lines for a person.
type Plan struct {
	Stack, Region, Account, Endpoint string
	Destroy                          bool
	Lines                            []Line
	Add, Adopt, Change, Remove       int
	Lost                             []string // what goes with buckets and queues, in words

	labels map[string]string // what every resource is, by address
	steps  int               // what Terraform will report of
}

// Line is one thing that changes, or some of whose settings do.
type Line struct {
	Mark    string // + new, = adopted, ~ changed, - removed, ± replaced
	Kind    string
	Name    string
	Detail  string
	Address string

	rank   int
	folded int // settings that come and go with the thing
}

// Empty tells that nothing would change.
func (p Plan) Empty() bool { return len(p.Lines) == 0 }

func (l Line) label() string { return l.Kind + " " + l.Name }

// summarise says in lines what a plan of Terraform's changes. repaired are addresses that up untaints, with the reason
// in words.
func summarise(plan *tfjson.Plan, repaired map[string]string) Plan {
	p := Plan{labels: map[string]string{}}
	owners := ownersIn(plan)
	changes := slices.Clone(plan.ResourceChanges)
	slices.SortStableFunc(changes, func(a, b *tfjson.ResourceChange) int { return cmp.Compare(rank(a.Type), rank(b.Type)) })
	for _, c := range changes {
		mark := markOf(c.Change)
		if mark == "" && repaired[c.Address] != "" {
			mark = "~"
		}
		if c.Mode == tfjson.DataResourceMode || mark == "" || c.Type == bookkeeping {
			continue
		}
		p.count(mark)
		if mark == "=" && c.Change.Actions.Update() {
			p.Change++
		}
		p.steps += stepsOf(c.Change.Actions)
		p.add(c, mark, repaired[c.Address], owners)
	}
	for i := range p.Lines {
		p.Lines[i].countSettings()
	}
	slices.SortStableFunc(p.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Name, b.Name))
	})
	return p
}

// add puts a change into the lines: a thing in one of its own, a setting into that of its thing.
func (p *Plan) add(c *tfjson.ResourceChange, mark, repaired string, owners map[string]Line) {
	if _, thing := things[c.Type]; thing {
		l := lineOf(c, mark)
		if repaired != "" {
			l.note(repaired)
		}
		p.labels[c.Address] = l.label()
		p.Lines = append(p.Lines, l)
		return
	}
	kind := kindOf(c.Type)
	owner, found := owners[spot(c)]
	if !found {
		l := alone(c, mark, repaired)
		p.labels[c.Address] = l.label()
		p.Lines = append(p.Lines, l)
		return
	}
	kind = strings.TrimPrefix(kind, owner.Kind+" ")
	p.labels[c.Address] = kind + " of " + owner.label()
	l := p.line(owner)
	if mark == "=" && c.Change.Actions.Update() {
		mark = "~"
	}
	switch {
	case l.Mark == mark && mark != "~":
		l.folded++
	case repaired != "":
		l.note(strings.TrimSpace(kind + " " + repaired + " " + detailOf(c, mark)))
	default:
		l.note(strings.TrimSpace(mark + " " + kind + " " + detailOf(c, mark)))
	}
}

// alone is the line of a setting whose thing is not the stack's own: an adopted bucket.
func alone(c *tfjson.ResourceChange, mark, repaired string) Line {
	l := Line{Mark: mark, Kind: kindOf(c.Type), Name: text(valuesOf(c)["bucket"]), Address: c.Address, rank: rank(c.Type), Detail: repaired}
	if l.Name == "" {
		l.Name = c.Address
	}
	if c.Type == "aws_s3_bucket_notification" && mark == "+" {
		l.note("takes the place of all that the bucket sends to Lambda, SNS and SQS; ADOPT_NOTIFICATIONS=false leaves it alone")
	}
	return l
}

// line is the line of a thing; one that does not change itself gets one.
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

func (l *Line) note(text string) {
	if l.Detail != "" {
		l.Detail += ", "
	}
	l.Detail += text
}

// countSettings adds to a line how many settings come or go with its thing.
func (l *Line) countSettings() {
	if l.folded > 0 {
		l.note("with " + plural(l.folded, "setting"))
	}
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

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (p *Plan) count(mark string) {
	switch mark {
	case "+":
		p.Add++
	case "=":
		p.Adopt++
	case "~":
		p.Change++
	case "-":
		p.Remove++
	case "±":
		p.Add++
		p.Remove++
	}
}

// stepsOf counts the deeds of a change: what is replaced is deleted and created.
func stepsOf(actions tfjson.Actions) int {
	n := len(actions)
	if actions.NoOp() || actions.Read() {
		n = 0
	}
	return n
}

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
