// Package validate refuses what AWS would refuse later, half-way through an apply: names, principals, tags, schedules.
// It is pure: it asks nobody.
package validate

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	nameForm     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	ruleForm     = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	queueForm    = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	bucketForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`)
	endpointForm = regexp.MustCompile(`^(https://[^\s/?#]+\S*|[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+)$`)
	busForm      = regexp.MustCompile(`^[A-Za-z0-9._/-]{1,256}$`)
	regionForm   = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)
)

// What the modules add to a name decides how long it may be.
const (
	longestName      = 64 - len(".0123456789ab")                      // a rule is <name>.<digest>
	longestTrailName = 63 - len("-trail-123456789012-ap-southeast-1") // a log bucket is <name>-trail-<account>-<region>
	longestQueue     = 80 - len("-dead-letters.fifo")
	longestRule      = 64
)

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

// Region accepts the form of a region's name; which ones exist AWS knows best.
func Region(region string) error {
	if !regionForm.MatchString(region) {
		return fmt.Errorf("%q is not the name of an AWS region, such as us-west-2", region)
	}
	return nil
}

// EventBus checks the name of an event bus. A partner's begins with aws.partner/.
func EventBus(name string) error {
	if !busForm.MatchString(name) {
		return fmt.Errorf("%q is not accepted: 1 to 256 of A–Z, a–z, 0–9 and . - _ /", name)
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

// Bucket checks a bucket's name by S3's rules for general-purpose buckets.
func Bucket(name string) error {
	if problem := bucketProblem(name); problem != "" {
		return fmt.Errorf("%q is not accepted: %s", name, problem)
	}
	return nil
}

func bucketProblem(name string) string {
	if len(name) < 3 || len(name) > 63 {
		return fmt.Sprintf("a bucket's name has 3 to 63 characters, this one %d", len(name))
	}
	if !bucketForm.MatchString(name) {
		return "a–z, 0–9, dots and hyphens, a letter or digit at both ends"
	}
	if strings.Contains(name, "..") {
		return "two dots in a row"
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "it has the form of an IP address"
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return "S3 keeps names that begin with " + prefix
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return "S3 keeps names that end in " + suffix
		}
	}
	return ""
}

// Endpoint checks who is told of an alarm.
func Endpoint(endpoint string) error {
	if !endpointForm.MatchString(endpoint) {
		return fmt.Errorf("%q is not accepted: an e-mail address, or a URL that begins with https://", endpoint)
	}
	return nil
}

// Prefix checks a folder of a bucket. A slash alone is the whole bucket.
func Prefix(prefix string) error {
	switch {
	case prefix == "/":
		return nil
	case strings.HasPrefix(prefix, "/"):
		return fmt.Errorf("%q begins with a slash, which keys in S3 do not: write %q", prefix, strings.TrimLeft(prefix, "/"))
	case strings.ContainsAny(prefix, "*?$") || strings.ContainsFunc(prefix, unicode.IsControl):
		return fmt.Errorf("%q is not accepted: a prefix is taken as it is written, "+
			"without * ? $ and control characters", prefix)
	case utf8.RuneCountInString(prefix) > 1024:
		return fmt.Errorf("has %d characters: at most 1024 are accepted", utf8.RuneCountInString(prefix))
	}
	return nil
}
