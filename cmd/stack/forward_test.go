package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func TestOnlyWhatItMadeIsCleanedUp(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, true},
		{fmt.Errorf("wrapped: %w", &stack.RunError{Verb: "up"}), true},
		{&stack.RunError{Verb: "plan"}, false},
		{stack.ErrDeclined, false},
		{&stack.LockedError{}, false},
		{&stack.ConflictError{}, false},
		{context.Canceled, false},
		{errors.New("anything"), false},
	} {
		if got := applied(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
