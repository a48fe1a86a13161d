// Package validate refuses before Terraform is started what AWS would refuse half-way through an apply: names, tags,
// schedules. It is pure: it asks nobody.
package validate

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The forms of names; each check adds how long a name may be.
var (
	regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)
	nameForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	ruleForm   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	queueForm  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`)
)

// What the modules add to a name decides how long it may be.
const (
	longestName      = 64 - len(".0123456789ab")                      // a rule is <name>.<digest>
	longestTrailName = 63 - len("-trail-123456789012-ap-southeast-1") // a log bucket is <name>-trail-<account>-<region>
	longestQueue     = 80 - len("-dead-letters.fifo")
	longestRule      = 64
)

// Region checks the form of a region's name; which ones exist AWS knows best.
func Region(name string) error {
	if !regionForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: the name of an AWS region, such as us-west-2", name)
	}
	return nil
}

// Name checks a stack's name, which every resource's name begins with. With a trail it is shorter, for the log
// bucket's sake.
func Name(name string, trail bool) error {
	longest := longestName
	if trail {
		longest = longestTrailName
	}
	if name == "" {
		return fmt.Errorf("is empty, as from a variable that nobody set: "+
			"1 to %d of a–z and 0–9 are accepted, with single hyphens inside", longest)
	}
	if len(name) > longest || !nameForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: 1 to %d of a–z and 0–9, with single hyphens inside", name, longest)
	}
	return nil
}

// RuleKey checks a pattern's name, which ends the name of its rule.
func RuleKey(stack, key string) error {
	switch {
	case key == "schedule" || key == "objects" || key == "object-calls":
		return fmt.Errorf("the pattern's name %q is one of the stack's own rules", key)
	case !ruleForm.MatchString(key) || len(stack)+1+len(key) > longestRule:
		return fmt.Errorf("the pattern's name %q is not accepted: A–Z, a–z, 0–9, . - and _, "+
			"and with %q before it at most %d characters", key, stack+".", longestRule)
	}
	return nil
}

// QueueName checks a queue's name, which the modules complete.
func QueueName(name string, fifo bool) error {
	base, isFIFO := strings.CutSuffix(name, ".fifo")
	switch {
	case isFIFO && !fifo:
		return fmt.Errorf("%q ends in .fifo, which needs FIFO=true", name)
	case len(base) > longestQueue || !queueForm.MatchString(base):
		return fmt.Errorf("%q is not accepted: 1 to %d of A–Z, a–z, 0–9, - and _ "+
			"(SQS's 80, less what a dead-letter queue's name adds)", name, longestQueue)
	}
	return nil
}

// reservedByS3 begins or ends the names that S3 keeps.
var reservedByS3 = regexp.MustCompile(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$`)

// Bucket checks a bucket's name by S3's rules for general-purpose buckets.
func Bucket(name string) error {
	_, notIP := netip.ParseAddr(name)
	var problem string
	switch {
	case len(name) < 3 || len(name) > 63:
		problem = fmt.Sprintf("a bucket's name has 3 to 63 characters, this one %d", len(name))
	case !bucketForm.MatchString(name):
		problem = "a–z, 0–9, dots and hyphens, a letter or digit at both ends"
	case strings.Contains(name, ".."):
		problem = "two dots in a row"
	case notIP == nil:
		problem = "it has the form of an IP address"
	case reservedByS3.MatchString(name):
		problem = "S3 keeps names with " + reservedByS3.FindString(name)
	default:
		return nil
	}
	return fmt.Errorf("%q is not accepted: %s", name, problem)
}

// Prefix checks a folder of a bucket. A slash alone is the whole bucket.
func Prefix(prefix string) error {
	switch length := utf8.RuneCountInString(prefix); {
	case prefix == "/":
		return nil
	case strings.HasPrefix(prefix, "/"):
		return fmt.Errorf("%q begins with a slash, which keys in S3 do not: write %q", prefix, strings.TrimLeft(prefix, "/"))
	case strings.ContainsAny(prefix, "*?$") || strings.ContainsFunc(prefix, unicode.IsControl):
		return fmt.Errorf("%q is not accepted: a prefix is taken as it is written, "+
			"without * ? $ and control characters", prefix)
	case length > 1024:
		return fmt.Errorf("has %d characters: at most 1024 are accepted", length)
	}
	return nil
}
