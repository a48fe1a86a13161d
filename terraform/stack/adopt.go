package stack

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// resource is a resource of the stack that AWS has and the state has not: the plan takes it into the state, or it is
// deleted.
type resource struct {
	inventory.Found
	address string
	reason  string // why it is deleted
}

// finder knows what AWS has.
type finder interface {
	// Find returns nil when AWS has no resource of this type with the name in values.
	Find(ctx context.Context, resourceType string, values map[string]any) (*inventory.Found, error)
}

// claim says which resources that are missing from its state a run may take for the stack's own.
type claim struct {
	unfinished bool // those with the stack's tag: the last up of this state did not finish
	cutOff     bool // those without a tag, too: that up was killed or interrupted, perhaps before it tagged a new bucket
	takeOver   bool // those with the stack's tag, whoever made them
}

// accepts reports whether a resource is the stack's own. Dashboards have no tags.
func (c claim) accepts(f *inventory.Found, stack string) bool {
	switch {
	case f.Stack == stack:
		return c.unfinished || c.takeOver
	case f.Tagged || f.Foreign:
		return false
	}
	return c.cutOff || c.takeOver && f.Type == "aws_cloudwatch_dashboard"
}

// examination is the result of comparing a plan with what AWS has, before the plan is carried out. Terraform alone
// would overwrite resources that are not in its state, or fail because they exist.
type examination struct {
	adopt     []resource        // ours, and not in the state
	foreign   []inventory.Found // has our tag, and was not made from this state
	conflicts []string          // not ours, and has a name that the plan needs
	remedies  []string
}

// examine looks in AWS for the resources that a plan creates or gives another name, by that name.
func examine(ctx context.Context, plan *tfjson.Plan, aws finder, stack string, may claim) (e examination, err error) {
	candidates := slices.DeleteFunc(slices.Clone(plan.ResourceChanges), func(c *tfjson.ResourceChange) bool {
		name := inventory.TypeOf(c.Type).Attribute
		renamed := c.Change.Actions.Replace() && object(c.Change.Before)[name] != object(c.Change.After)[name]
		return !renamed && (!c.Change.Actions.Create() || c.Change.Importing != nil)
	})
	found := make([]*inventory.Found, len(candidates))
	g, asking := errgroup.WithContext(ctx)
	for i, c := range candidates {
		g.Go(func() (err error) {
			found[i], err = aws.Find(asking, c.Type, object(c.Change.After))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return e, err
	}
	for i, c := range candidates {
		f := found[i]
		switch ours := f != nil && may.accepts(f, stack); {
		case f == nil:
		case ours && c.Change.Actions.Create():
			e.adopt = append(e.adopt, resource{Found: *f, address: c.Address})
		case f.Stack == stack && !ours:
			e.foreign = append(e.foreign, *f)
		default:
			e.addConflict(f, ours)
		}
	}
	return e, nil
}

// addConflict says what is in the plan's way, and the ways out, each once.
func (e *examination) addConflict(f *inventory.Found, ours bool) {
	reason, remedy := "it does not belong to this stack", "take another NAME"
	switch {
	case ours:
		reason = "this stack made it, and is about to give its name to something else"
	case f.Stack != "":
		reason = fmt.Sprintf("it belongs to the stack %q", f.Stack)
	}
	switch {
	case f.Type == "aws_sqs_queue":
		remedy = "take another QUEUE_NAME"
	case f.Foreign:
		reason, remedy = "it is another account's, or in another region", "take another BUCKET"
	case f.Type == "aws_s3_bucket":
		remedy = "take another BUCKET, or ADOPT_BUCKET=true to watch this one as it is"
	}
	e.conflicts = append(e.conflicts, fmt.Sprintf("the %s exists already: %s", f.Label(), reason))
	if !slices.Contains(e.remedies, remedy) {
		e.remedies = append(e.remedies, remedy)
	}
}

func (r *session) claim(takeOver bool) claim {
	return claim{unfinished: r.journal.Unfinished == "up", cutOff: r.cutOff, takeOver: takeOver}
}

// refuse has a plan refused that cannot be carried out.
func (r *session) refuse(e examination) error {
	switch {
	case len(e.foreign) > 0:
		return refuseTakeover(r.Name, r.state.String(), e.foreign)
	case len(e.conflicts) > 0:
		return &Refusal{
			Reason: strings.Join(e.conflicts, "\n") + "\nnothing was created", Remedy: strings.Join(e.remedies, "; "),
		}
	}
	return nil
}

// refuseTakeover refuses a stack that lives, and whose state is elsewhere than in the one that was looked into.
func refuseTakeover(stack, state string, there []inventory.Found) error {
	const most = 3
	var names []string
	where := "its resources do not say where its state is"
	for _, f := range there {
		names = append(names, f.Label())
		if f.State != "" {
			where = "its state seems to be in " + f.State
		}
		if f.State != "" && (f.State == state || filepath.Dir(f.State) == state) {
			where = "which is where its state was: it is lost, or was moved"
		}
	}
	list := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return &Refusal{
		Reason: fmt.Sprintf("the stack %s is there already (%s), and the state in %s does not know it; %s\n"+
			"nothing was changed", stack, list, state, where),
		Remedy: "run it with its own STATE, or take another NAME; " +
			"ADOPT_STACK=true (--adopt-stack) takes it over, where its state is lost",
	}
}

// examineRemembered compares what the remembered variables would create, were there nothing in the state, with what AWS
// has: so a stack is found that the state does not know, in part or as a whole.
func (r *session) examineRemembered(ctx context.Context, may claim) (examination, error) {
	plan, err := r.plan(ctx, r.folder.variables(), false, false)
	if err != nil {
		return examination{}, err
	}
	return examine(ctx, plan, r.aws, r.Name, may)
}

// findUnrecorded finds what the last up, which was cut off, made and did not record.
func (r *session) findUnrecorded(ctx context.Context) ([]resource, error) {
	r.Report.Note("the last up was cut off: looking for what it created")
	e, err := r.examineRemembered(ctx, r.claim(false))
	for i := range e.adopt {
		e.adopt[i].reason = "created by the run that was cut off, and not recorded"
	}
	return e.adopt, err
}

// unrecorded is what a run that was cut off made and did not record, for a run that has other variables: with the same
// ones its own plan finds them.
func (r *session) unrecorded(ctx context.Context) ([]resource, error) {
	if !r.cutOff {
		return nil, nil
	}
	before, err := os.ReadFile(r.folder.variables())
	if err != nil {
		return nil, fmt.Errorf("read the last run's variables: %w", err)
	}
	if now, err := os.ReadFile(r.folder.proposed()); err == nil && bytes.Equal(before, now) {
		return nil, nil
	}
	return r.findUnrecorded(ctx)
}

// foreignRules are the rules of a stack that another state knows: those that have its tag and that no plan here names.
// A stack that is new here must not have any, unless it is taken over: then they go with the rest of what it was. A
// plan without changes was not read: it has nothing to create, so the state holds all.
func (r *session) foreignRules(ctx context.Context, plan *tfjson.Plan, o Options) ([]resource, error) {
	isNew := len(plan.ResourceChanges) > 0 && len(inState(plan)) == 0
	if !o.AdoptStack && (!isNew || r.journal.Unfinished == "up") {
		return nil, nil
	}
	known := map[string]bool{}
	for _, c := range plan.ResourceChanges {
		known[text(valuesOf(c)["name"])] = true
	}
	found, err := r.aws.Rules(ctx, o.bus(), r.Name, known)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if !o.AdoptStack {
		return nil, refuseTakeover(r.Name, r.state.String(), found)
	}
	var list []resource
	for _, f := range found {
		targets, err := r.aws.Targets(ctx, o.bus(), f.Name)
		if err != nil {
			return nil, fmt.Errorf("look at the %s: %w", f.Label(), err)
		}
		reason := "of the stack that is taken over, and not among these settings"
		for _, id := range slices.Sorted(maps.Keys(targets)) {
			reason += ", sends to " + targets[id]
		}
		list = append(list, resource{Found: f, reason: reason})
	}
	return list, nil
}

// inState are the resources in the state that a plan was made from, as they were found in AWS.
func inState(plan *tfjson.Plan) (list []*tfjson.StateResource) {
	if plan.PriorState == nil || plan.PriorState.Values == nil {
		return nil
	}
	modules := []*tfjson.StateModule{plan.PriorState.Values.RootModule}
	for len(modules) > 0 {
		module := modules[0]
		modules = modules[1:]
		if module == nil {
			continue
		}
		modules = append(modules, module.ChildModules...)
		for _, res := range module.Resources {
			if res.Mode == tfjson.ManagedResourceMode {
				list = append(list, res)
			}
		}
	}
	return list
}
