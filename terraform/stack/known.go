package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// ErrUnknown is returned for a stack that is not there, or that this machine knows nothing of.
var ErrUnknown = errors.New("there is no such stack here")

// openKnown opens a stack that was made before: by this machine, which remembers its variables, or by another one that
// keeps the state in S3, and then with the options it was made with.
func (s *Stack) openKnown(ctx context.Context, verb string, made *Options) (*session, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(home.variables())
	switch {
	case err == nil:
		return s.open(ctx, verb, "")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("look for the stack: %w", err)
	case !s.namesState():
		return nil, fmt.Errorf("stack %s: %w", s.Name, ErrUnknown)
	case made == nil:
		return nil, fmt.Errorf("stack %s: its state is in %s, but this machine did not make it: give the settings it was made with", s.Name, s.State)
	}
	return s.openMade(ctx, verb, *made)
}

func (s *Stack) openMade(ctx context.Context, verb string, made Options) (*session, error) {
	r, err := s.open(ctx, verb, made.Region)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(r.writeProposed(ctx, made), r.remember()); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// namesState tells whether STATE says where a stack is that this machine did not make.
func (s *Stack) namesState() bool {
	if strings.HasPrefix(s.State, "s3://") {
		return true
	}
	there, err := parseState(s.State, "", s.Name, "")
	if s.State == "" || err != nil {
		return false
	}
	_, err = os.Stat(there.path)
	return err == nil
}

// refuseLost keeps down from forgetting a stack that AWS has and the state, empty or missing, does not know.
func (r *session) refuseLost(ctx context.Context, destroy *tfjson.Plan) error {
	if r.unsure || slices.ContainsFunc(destroy.ResourceChanges, func(c *tfjson.ResourceChange) bool { return c.Change.Actions.Delete() }) {
		return nil
	}
	r.Report.Note("the state holds nothing of it: looking whether AWS does")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), false, false)
	if err != nil {
		return err
	}
	needs, err := examine(ctx, plan, r.cloud, r.Name, claim{})
	if err == nil && len(needs.foreign) > 0 {
		err = &TakeoverError{Stack: r.Name, State: r.state.String(), Found: needs.foreign}
	}
	return err
}

// refuseUnknown is refuseLost for a stack of which this machine knows nothing but the name: unknown is returned when
// AWS does not have it, or does not say.
func (s *Stack) refuseUnknown(ctx context.Context, region string, unknown error) error {
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	aws, err := newCloud(asking, region)
	if err != nil {
		return err
	}
	rules, err := aws.rulesOf(asking, s.Name, nil)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.Report.Note("AWS could not be asked whether it has a stack of this name: " + err.Error())
		return unknown
	case len(rules) == 0:
		return unknown
	}
	home, err := s.home()
	if err != nil {
		return err
	}
	e := &TakeoverError{Stack: s.Name, State: string(home)}
	for _, r := range rules {
		e.Found = append(e.Found, Foreign{What: "rule " + r.name, State: r.state})
	}
	return e
}
