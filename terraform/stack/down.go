package stack

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
)

// DownOptions are the options of Down.
type DownOptions struct {
	// DeleteObjects allows Down to delete buckets that still hold objects.
	DeleteObjects bool
	// CreatedWith holds the options that the stack was created with. It is needed only if another machine created the
	// stack and STATE says where its state is.
	CreatedWith *Options
	// Region and EventBus say where to look for a stack that this machine does not know.
	Region, EventBus string
}

// Down removes the stack. It needs only the name, and returns ErrUnknown if there is no such stack.
func (s *Stack) Down(ctx context.Context, o DownOptions) error {
	r, err := s.openKnown(ctx, "down", o.CreatedWith)
	if errors.Is(err, ErrUnknown) {
		return s.refuseUnknown(ctx, o, err)
	}
	if err != nil {
		return err
	}
	defer r.close()
	p, err := r.proposeDown(ctx)
	if err != nil {
		return err
	}
	if err := r.approve(ctx, p, o.DeleteObjects, true); err != nil {
		return err
	}
	if !p.summary.Empty() {
		if err := r.destroy(ctx, p); err != nil {
			return r.explain(ctx, "down", err)
		}
	}
	return r.folder.clear(r.state)
}

// proposeDown finds everything that belongs to the stack. If resources that are missing from the state cannot be looked
// up, it reports that, and the rest is removed anyway.
func (r *session) proposeDown(ctx context.Context) (*proposal, error) {
	p := &proposal{destroy: true}
	var err error
	if p.remove, err = r.findUnrecorded(ctx); err != nil && ctx.Err() == nil {
		r.Report.Note("cannot look for resources that the last 'stack up' created and did not record: " + err.Error())
	}
	r.Report.Note("comparing the stack with what exists in AWS")
	if err := r.planDestroy(ctx, p); err != nil {
		return nil, err
	}
	if !r.cutOff && !slices.ContainsFunc(p.plan.ResourceChanges, deletes) {
		if err := r.refuseLostState(ctx); err != nil {
			return nil, err
		}
		if err := r.planDestroy(ctx, p); err != nil { // apply uses the plan that was made last
			return nil, err
		}
	}
	if p.tails, err = r.tails().All(ctx, r.Name); err != nil && ctx.Err() == nil {
		r.Report.Note("cannot look for the resources of a tail command that was killed: " + err.Error())
	}
	return p, r.summarise(ctx, p)
}

func (r *session) tails() tail.Clients { return tail.Clients{Client: r.aws, Bus: r.folder.bus()} }

func (r *session) planDestroy(ctx context.Context, p *proposal) (err error) {
	p.plan, err = r.plan(ctx, r.folder.variables(), true, false)
	return err
}

// lateRounds is how many times buckets are emptied again if objects arrive after they were emptied, such as the last
// logs of a trail.
const lateRounds = 3

// destroy applies an approved plan. Resources that are missing from the state are deleted first, while the journal
// still says that the up was cut off: so the next run looks for them again if this one crashes.
func (r *session) destroy(ctx context.Context, p *proposal) error {
	if err := r.remove(ctx, p); err != nil {
		return err
	}
	if err := r.journal.begin("down", r.place); err != nil {
		return err
	}
	err := r.apply(ctx, p.summary)
	permitted := slices.ContainsFunc(p.losses, func(l *loss) bool { return l.permitted })
	for range lateRounds {
		if err == nil || !permitted || !strings.Contains(err.Error(), "BucketNotEmpty") {
			break
		}
		shown := p.plan
		if err := r.planDestroy(ctx, p); err != nil {
			return err
		}
		if more := unshown(p.plan, shown); len(more) > 0 {
			return errors.New("more would now be destroyed than was shown: " + strings.Join(more, ", "))
		}
		if err := r.emptyBuckets(ctx, p.losses); err != nil {
			return err
		}
		err = r.apply(ctx, p.summary)
	}
	return err
}

// unshown lists what plan deletes and the plan that the user approved did not: another machine may have changed the
// stack meanwhile.
func unshown(plan, approved *tfjson.Plan) (addresses []string) {
	known := map[string]bool{}
	for _, c := range approved.ResourceChanges {
		known[c.Address] = deletes(c)
	}
	for _, c := range plan.ResourceChanges {
		if deletes(c) && !known[c.Address] {
			addresses = append(addresses, c.Address)
		}
	}
	return addresses
}

// refuseLostState returns an error if the state is empty or missing but the stack still exists in AWS: down would
// otherwise delete its own records of that stack.
func (r *session) refuseLostState(ctx context.Context) error {
	r.Report.Note("the state is empty: looking for the stack in AWS")
	e, err := r.compareRemembered(ctx, ownership{})
	if err != nil || len(e.otherState) == 0 {
		return err
	}
	return takeoverError(r.Name, r.state.String(), e.otherState)
}

// refuseUnknown is like refuseLostState, for a stack of which this machine has only the name. It returns the
// error unknown if AWS has no rule of the stack, or if AWS could not be asked.
func (s *Stack) refuseUnknown(ctx context.Context, o DownOptions, unknown error) error {
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	aws, err := inventory.Open(asking, o.Region)
	if err != nil {
		return err
	}
	rules, err := aws.StackRules(asking, cmp.Or(o.EventBus, inventory.DefaultBus), s.Name, nil)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.Report.Note("cannot ask AWS for a stack of this name: " + err.Error())
		return unknown
	case len(rules) == 0:
		return unknown
	}
	home, err := s.home()
	if err != nil {
		return err
	}
	return takeoverError(s.Name, string(home), rules)
}
