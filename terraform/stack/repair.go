package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"
)

// prober knows what AWS has.
type prober interface {
	// find returns nil when AWS has no resource of this type with the name in values.
	find(ctx context.Context, resourceType string, values map[string]any) (*existing, error)
}

// claim says what a run may take for the stack's own of what its state does not hold.
type claim struct {
	unfinished bool // what has the stack's tag: the last up of this state did not come to its end
	cutOff     bool // what has no tag yet, too: it was killed or interrupted, and S3 has a bucket tagged only after it exists
	takeOver   bool // what has the stack's tag, whoever made it
}

func (r *session) claim(o Options) claim {
	return claim{unfinished: r.journal.Unfinished == "up", cutOff: r.unsure, takeOver: o.AdoptStack}
}

// accepts tells whether a resource is the stack's own. Dashboards have no tags.
func (c claim) accepts(e existing, stack, resourceType string) bool {
	switch {
	case e.stack == stack:
		return c.unfinished || c.takeOver
	case e.tagged || e.foreign:
		return false
	}
	return c.cutOff || c.takeOver && resourceType == "aws_cloudwatch_dashboard"
}

// repairs are what a plan needs before it may be carried out: Terraform alone would overwrite, or trip over, what it
// has no record of.
type repairs struct {
	adopt     []adoption // ours, and not in the state
	foreign   []Foreign  // has our tag, and was not made from this state
	conflicts []Conflict // not ours
}

// examine finds out what a plan needs.
func examine(ctx context.Context, plan *tfjson.Plan, aws prober, name string, may claim) (repairs, error) {
	var r repairs
	candidates := created(plan, may.cutOff || may.takeOver)
	found := make([]*existing, len(candidates))
	g, ctx := errgroup.WithContext(ctx)
	for i, c := range candidates {
		g.Go(func() (err error) {
			found[i], err = aws.find(ctx, c.Type, object(c.Change.After))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return r, err
	}
	for i, c := range candidates {
		if found[i] != nil {
			r.sort(c, *found[i], name, may)
		}
	}
	return r, nil
}

func (r *repairs) sort(c *tfjson.ResourceChange, e existing, name string, may claim) {
	label, ours := lineOf(c, "+").label(), may.accepts(e, name, c.Type)
	switch {
	case ours && c.Change.Actions.Create():
		r.adopt = append(r.adopt, adoption{address: c.Address, id: e.id, resourceType: c.Type, line: lineOf(c, "-")})
		return
	case e.stack == name && !ours:
		r.foreign = append(r.foreign, Foreign{What: label, State: e.state})
		return
	}
	conflict := Conflict{What: label, Why: "it does not belong to this stack", Way: "take another NAME"}
	if ours {
		conflict.Why = "this stack made it, and is about to give its name to something else"
	} else if e.stack != "" {
		conflict.Why = fmt.Sprintf("it belongs to the stack %q", e.stack)
	}
	switch c.Type {
	case "aws_sqs_queue":
		conflict.Way = "take another QUEUE_NAME, or QUEUE_SUFFIX=random"
	case "aws_s3_bucket":
		conflict.Way = "take another BUCKET, or ADOPT_BUCKET=true to watch this one as it is"
		if e.foreign {
			conflict.Why = "it is another account's, or in another region"
			conflict.Way = "take another BUCKET"
		}
	}
	r.conflicts = append(r.conflicts, conflict)
}

// Foreign is a resource with a stack's tag that was not made from this state. State is where its own seems to be, if it
// says so.
type Foreign struct{ What, State string }

// TakeoverError refuses a stack that lives, and whose state is elsewhere. Nothing was changed.
type TakeoverError struct {
	Stack, State string // the state that was looked into
	Found        []Foreign
}

func (e *TakeoverError) Error() string {
	what, where := "", "where its state is, its resources do not say"
	for i, f := range e.Found {
		switch {
		case f.State != "" && isIn(f.State, e.State):
			where = "which is where its state was: it is lost, or was moved"
		case f.State != "":
			where = "its state seems to be in " + f.State
		}
		if i < shown {
			what += ", " + f.What
		}
	}
	if more := len(e.Found) - shown; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("the stack %s is there already (%s), and the state in %s does not know it; %s\nnothing was changed",
		e.Stack, what[len(", "):], e.State, where)
}

// isIn tells whether a state is the one that was looked into, or in the folder that was.
func isIn(state, where string) bool {
	return state == where || filepath.Dir(state) == where
}

// Hint names the ways out.
func (e *TakeoverError) Hint() string {
	return "run it with its own STATE, or take another NAME; ADOPT_STACK=true (--adopt-stack) takes it over, where its state is lost"
}

// halfMade are the tainted resources of a plan that a run of this state was making when it ended: a person's stay
// tainted. The plan has refreshed them, so they exist.
func (r *session) halfMade(plan *tfjson.Plan) (list []string) {
	if r.journal.Unfinished != "up" || plan.PriorState == nil || plan.PriorState.Values == nil {
		return nil
	}
	var collect func(*tfjson.StateModule)
	collect = func(m *tfjson.StateModule) {
		if m == nil {
			return
		}
		for _, res := range m.Resources {
			if res.Tainted && slices.Contains(r.journal.HalfMade, res.Address) {
				list = append(list, res.Address)
			}
		}
		for _, child := range m.ChildModules {
			collect(child)
		}
	}
	collect(plan.PriorState.Values.RootModule)
	return slices.DeleteFunc(list, func(address string) bool {
		return !slices.ContainsFunc(plan.ResourceChanges, func(c *tfjson.ResourceChange) bool {
			return c.Address == address && c.Change.Actions.Replace()
		})
	})
}

// preview is a Terraform with a copy of the state in which these resources are not tainted. done removes it.
func (r *session) preview(ctx context.Context, untainted []string) (t *terraform, done func(), err error) {
	f := folder(r.folder.preview())
	done = func() { _ = os.RemoveAll(string(f)) }
	defer func() {
		if err != nil {
			done()
		}
	}()
	text, err := r.terraform.query.StatePull(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("copy the state: %w", err)
	}
	done()
	if err := os.MkdirAll(string(f), dirMode); err != nil {
		return nil, nil, fmt.Errorf("copy the state: %w", err)
	}
	copied, err := parseState("", string(f), r.Name, r.place.region)
	if err != nil {
		return nil, nil, err
	}
	if err := replaceFile(copied.path, []byte(text)); err != nil {
		return nil, nil, err
	}
	if err := f.write(r.Modules, copied.backend(true)); err != nil {
		return nil, nil, err
	}
	if t, err = newTerraform(f, r.terraform.path, r.terraform.mirror); err != nil {
		return nil, nil, err
	}
	if err := t.init(ctx, r.progress(ctx, nil), copied); err != nil {
		return nil, nil, err
	}
	for _, address := range untainted {
		if err := t.untaint(ctx, address); err != nil {
			return nil, nil, err
		}
	}
	return t, done, nil
}

// created are the resources that a plan makes under a name that it did not have before. A rule's targets are among them
// only where a rule may be ours already: to create one is to overwrite it, but a rule that has any cannot be deleted.
func created(plan *tfjson.Plan, targets bool) []*tfjson.ResourceChange {
	var list []*tfjson.ResourceChange
	for _, c := range plan.ResourceChanges {
		name := things[c.Type].name
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		creates := c.Change.Actions.Create() && c.Change.Importing == nil
		if (creates || renamed) && (c.Type != targetType || targets) {
			list = append(list, c)
		}
	}
	return list
}

const targetType = "aws_cloudwatch_event_target"
