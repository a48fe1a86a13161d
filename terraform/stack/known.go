package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
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
	case !strings.HasPrefix(s.State, "s3://"):
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
