// Package validate refuses, before Terraform is started, names, tags and schedules that AWS would refuse half-way
// through an apply. It makes no requests.
package validate

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The forms of names; each check also limits the length of a name.
var (
	regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)
	nameForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	ruleForm   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	queueForm  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`)
)

// The longest names to which the modules can append the rest of a resource's name.
const (
	longestName      = 64 - len(".0123456789ab")                      // a rule is <name>.<digest>
	longestTrailName = 63 - len("-trail-123456789012-ap-southeast-1") // a log bucket is <name>-trail-<account>-<region>
	longestQueue     = 80 - len("-dead-letters.fifo")
	longestRule      = 64
)

// Region checks the form of a region's name; it does not check whether the region exists.
func Region(name string) error {
	if !regionForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: give the name of an AWS region, such as us-west-2", name)
	}
	return nil
}

// Name checks a stack's name, with which the name of every resource begins. If the stack has a trail, the name must be
// shorter, because the name of the log bucket contains it.
func Name(name string, trail bool) error {
	longest := longestName
	if trail {
		longest = longestTrailName
	}
	if name == "" {
		return fmt.Errorf("is empty, perhaps because a variable is not set: "+
			"use 1 to %d characters: a–z, 0–9, and single hyphens between them", longest)
	}
	if len(name) > longest || !nameForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: use 1 to %d characters: a–z, 0–9, and single hyphens between them",
			name, longest)
	}
	return nil
}

// RuleKey checks a pattern's name, with which the name of its rule ends.
func RuleKey(stack, key string) error {
	switch {
	case key == "schedule" || key == "objects" || key == "object-calls":
		return fmt.Errorf("the pattern name %q is reserved for one of the stack's own rules", key)
	case !ruleForm.MatchString(key) || len(stack)+1+len(key) > longestRule:
		return fmt.Errorf("the pattern name %q is not accepted: use A–Z, a–z, 0–9, . - and _; "+
			"together with %q before it, it can have at most %d characters", key, stack+".", longestRule)
	}
	return nil
}

// QueueName checks a queue's name, to which the modules append -dead-letters and .fifo.
func QueueName(name string, fifo bool) error {
	base, isFIFO := strings.CutSuffix(name, ".fifo")
	switch {
	case isFIFO && !fifo:
		return fmt.Errorf("%q ends in .fifo, which needs FIFO=true", name)
	case len(base) > longestQueue || !queueForm.MatchString(base):
		return fmt.Errorf("%q is not accepted: use 1 to %d of the characters A–Z, a–z, 0–9, - and _ "+
			"(SQS accepts 80; the name of the dead-letter queue needs the rest)", name, longestQueue)
	}
	return nil
}

// reservedByS3 matches the beginnings and the ends of names that S3 reserves.
var reservedByS3 = regexp.MustCompile(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$`)

// Bucket checks a bucket's name against the rules of S3 for general-purpose buckets.
func Bucket(name string) error {
	_, notIP := netip.ParseAddr(name)
	var problem string
	switch {
	case len(name) < 3 || len(name) > 63:
		problem = fmt.Sprintf("a bucket's name has 3 to 63 characters, this one has %d", len(name))
	case !bucketForm.MatchString(name):
		problem = "use a–z, 0–9, dots and hyphens, with a letter or digit at both ends"
	case strings.Contains(name, ".."):
		problem = "it has two dots in a row"
	case notIP == nil:
		problem = "it has the form of an IP address"
	case reservedByS3.MatchString(name):
		problem = "S3 reserves names with " + reservedByS3.FindString(name)
	default:
		return nil
	}
	return fmt.Errorf("%q is not accepted: %s", name, problem)
}

// Prefix checks a folder of a bucket; "/" stands for the whole bucket.
func Prefix(prefix string) error {
	switch length := utf8.RuneCountInString(prefix); {
	case prefix == "/":
		return nil
	case strings.HasPrefix(prefix, "/"):
		return fmt.Errorf("%q begins with a slash, which keys in S3 do not: write %q", prefix, strings.TrimLeft(prefix, "/"))
	case strings.ContainsAny(prefix, "*?$") || strings.ContainsFunc(prefix, unicode.IsControl):
		return fmt.Errorf("%q is not accepted: a prefix is taken literally, "+
			"so * ? $ and control characters are not accepted", prefix)
	case length > 1024:
		return fmt.Errorf("has %d characters: at most 1024 are accepted", length)
	}
	return nil
}
