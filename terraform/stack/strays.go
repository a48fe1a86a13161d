package stack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
)

// strays are what a run that was cut off made and did not record, for a run that has other variables: with the same ones its
// own plan meets them.
func (r *session) strays(ctx context.Context) ([]adoption, error) {
	if !r.unsure {
		return nil, nil
	}
	before, err := os.ReadFile(r.folder.variables())
	if err != nil {
		return nil, fmt.Errorf("read the last run's variables: %w", err)
	}
	now, err := os.ReadFile(r.folder.proposed())
	if err == nil && bytes.Equal(before, now) {
		return nil, nil
	}
	return r.unrecorded(ctx)
}

// unrecorded finds, with the variables of a run that was cut off, what it made and did not record.
func (r *session) unrecorded(ctx context.Context) ([]adoption, error) {
	r.Report.Note("the last up did not come to its end: looking for what it made")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), false)
	if err != nil {
		return nil, err
	}
	needs, err := examine(ctx, plan, r.cloud, r.Name, true)
	return needs.adopt, err
}

// without leaves out of strays what is adopted.
func without(strays, adopted []adoption) []adoption {
	return slices.DeleteFunc(slices.Clone(strays), func(s adoption) bool {
		return slices.ContainsFunc(adopted, func(a adoption) bool { return a.resourceType == s.resourceType && a.id == s.id })
	})
}

// removed adds to a plan what is deleted without Terraform, which knows nothing of it.
func (p *Plan) removed(strays []adoption) {
	p.removedAs("made by the run that was cut off, and not recorded", strays)
}

func (p *Plan) removedAs(why string, strays []adoption) {
	for _, s := range strays {
		l := s.line
		if l.Detail != "" {
			l.Detail += ", "
		}
		l.Mark, l.Detail = "-", l.Detail+why
		p.Lines = append(p.Lines, l)
		p.Remove++
	}
}
