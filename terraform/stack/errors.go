package stack

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// ErrDeclined is returned when the person did not approve. Nothing was changed.
var ErrDeclined = errors.New("not approved, nothing was changed")

// Hinted is an error that knows what to do about it.
type Hinted interface{ Hint() string }

// PlaceError says that the stack was made with another region, account, endpoint or state than this run uses. Folder
// may be deleted when that place no longer exists; it is empty where that would lose a stack that still exists.
type PlaceError struct{ What, Here, Now, Folder string }

func (e *PlaceError) Error() string {
	return fmt.Sprintf("this stack has %s %s, and this run would look for it in %s", e.What, e.Here, e.Now)
}

// Hint says what to do about it.
func (e *PlaceError) Hint() string {
	way := "run it as it was made, or take another NAME"
	if e.Folder != "" {
		way += "; if what it was made in is gone for good: rm -r " + e.Folder
	}
	return way
}

// LockedError says that another run still held the stack after LockTimeout.
type LockedError struct {
	Holder Holder
	Waited time.Duration
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the stack is held by %s; waited %s", e.Holder, e.Waited)
}

// Conflict is something in AWS that has a name which the stack needs and does not belong to it.
type Conflict struct{ What, Reason, Remedy string }

// ConflictError is returned before anything is created.
type ConflictError struct{ Conflicts []Conflict }

func (e *ConflictError) Error() string {
	var lines []string
	for _, c := range e.Conflicts {
		lines = append(lines, fmt.Sprintf("the %s exists already: %s", c.What, c.Reason))
	}
	return strings.Join(lines, "\n") + "\nnothing was created"
}

// Hint names the ways out, each once.
func (e *ConflictError) Hint() string {
	var ways []string
	for _, c := range e.Conflicts {
		if !strings.Contains(strings.Join(ways, "\n"), c.Remedy) {
			ways = append(ways, c.Remedy)
		}
	}
	return strings.Join(ways, "; ")
}

// NotEmptyError lists the buckets that were not deleted because they hold objects. Nothing was destroyed.
type NotEmptyError struct{ Buckets []BucketContents }

func (e *NotEmptyError) Error() string {
	var lines []string
	for _, b := range e.Buckets {
		lines = append(lines, "the bucket "+b.Bucket+" holds "+b.String())
	}
	return strings.Join(lines, "\n") + "\nnothing was destroyed"
}

// Hint says how to have them deleted.
func (e *NotEmptyError) Hint() string {
	return "copy what you need and run this again with DELETE_OBJECTS=true (--delete-objects), which deletes them for good"
}

// DropError names the events that a plan would lose. Nothing was changed.
type DropError struct{ Queues []QueueContents }

func (e *DropError) Error() string {
	var lines []string
	for _, q := range e.Queues {
		line := fmt.Sprintf("the queue %s would be deleted with %s", q.Queue, q)
		if q.Key != "" {
			line = fmt.Sprintf("the key of %s in the queue %s would be deleted: nobody could read them any more", q, q.Queue)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n") + "\nnothing was changed"
}

// Hint says how to save them, and how not to.
func (e *DropError) Hint() string {
	return "have the forwarder deliver what waits, and redrive or purge the dead letters; " +
		"DROP_EVENTS=true (--drop-events) deletes them for good"
}

// Foreign is a resource that has the stack's tag and is not in this state. State is where its own state seems to be,
// from another tag; it may be empty.
type Foreign struct{ What, State string }

// TakeoverError refuses a stack that lives, and whose state is elsewhere. Nothing was changed.
type TakeoverError struct {
	Stack, State string // the state that was looked into
	Found        []Foreign
}

func (e *TakeoverError) Error() string {
	const named = 3
	where := "its resources do not say where its state is"
	var list []string
	for _, f := range e.Found {
		list = append(list, f.What)
		if f.State != "" {
			where = "its state seems to be in " + f.State
		}
		if f.State != "" && (f.State == e.State || filepath.Dir(f.State) == e.State) {
			where = "which is where its state was: it is lost, or was moved"
		}
	}
	what := strings.Join(list[:min(len(list), named)], ", ")
	if more := len(list) - named; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("the stack %s is there already (%s), and the state in %s does not know it; %s\nnothing was changed",
		e.Stack, what, e.State, where)
}

// Hint names the ways out.
func (e *TakeoverError) Hint() string {
	return "run it with its own STATE, or take another NAME; " +
		"ADOPT_STACK=true (--adopt-stack) takes it over, where its state is lost"
}

// RunError is a run of Terraform that did not come to its end.
type RunError struct {
	Verb     string
	Failures []Failure
	Done     []Step   // what was done all the same
	Running  []string // what was under way
	Next     string   // how to go on
	err      error
}

// Failure is one thing that went wrong, with the resource it went wrong at, if any.
type Failure struct{ Resource, Text string }

func (e *RunError) Error() string {
	var lines []string
	for _, f := range e.Failures {
		if f.Resource == "" {
			lines = append(lines, f.Text)
		} else {
			lines = append(lines, f.Resource+": "+f.Text)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, fmt.Sprint(e.err))
	}
	return e.Verb + ": " + strings.Join(lines, "\n")
}

func (e *RunError) Unwrap() error { return e.err }

// Hint says how to go on.
func (e *RunError) Hint() string { return e.Next }
