package stack

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrUnknown is returned for a stack that is not there, or that this machine knows nothing of.
	ErrUnknown = errors.New("there is no such stack here")
	// ErrDeclined is returned when the person did not approve. Nothing was changed.
	ErrDeclined = errors.New("not approved, nothing was changed")
)

// Hinted is an error that knows what to do about it.
type Hinted interface{ Hint() string }

// Refusal is why a run was not begun, with what to do about it. Nothing was changed.
type Refusal struct{ Reason, Remedy string }

func (e *Refusal) Error() string { return e.Reason }

// Hint names the ways out.
func (e *Refusal) Hint() string { return e.Remedy }

// RunError is a run of Terraform that did not come to its end.
type RunError struct {
	Verb     string
	Failures []string // what went wrong, and at which resource
	Done     []Step   // what was done all the same
	Next     string   // how to go on
	err      error
}

func (e *RunError) Error() string {
	text := strings.Join(e.Failures, "\n")
	if text == "" {
		text = fmt.Sprint(e.err)
	}
	return e.Verb + ": " + text
}

func (e *RunError) Unwrap() error { return e.err }

// Hint says how to go on.
func (e *RunError) Hint() string { return e.Next }
