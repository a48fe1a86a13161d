// Package validate checks names, tags and schedules before Terraform is started: AWS would refuse them half-way through
// an apply. It also warns of patterns that AWS accepts but that hardly ever match. It makes no requests.
package validate

import (
	"fmt"
	"regexp"
)

var (
	regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)
	nameForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// longestName is the longest name of a stack: a rule's name, <name>.<digest>, may have 64 characters.
const longestName = 64 - len(".0123456789ab")

// Region checks the form of a region's name; it does not check whether the region exists.
func Region(name string) error {
	if !regionForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: give the name of an AWS region, such as us-west-2", name)
	}
	return nil
}

// Name checks a stack's name. The names of its resources begin with it, except those that QUEUE_NAME and BUCKET set.
func Name(name string) error {
	if name == "" {
		return fmt.Errorf("is empty, perhaps because a variable is not set: "+
			"use 1 to %d characters: a–z, 0–9, and single hyphens between them", longestName)
	}
	if len(name) > longestName || !nameForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: use 1 to %d characters: a–z, 0–9, and single hyphens between them",
			name, longestName)
	}
	return nil
}
