package validate

import (
	"strings"
	"testing"
)

// accepted is a text that a check accepts or refuses, and words that the refusal must contain, or "" if it is accepted.
type accepted struct {
	text, refusal string
}

func check(t *testing.T, f func(string) error, table []accepted) {
	t.Helper()
	for _, c := range table {
		err := f(c.text)
		switch {
		case c.refusal == "" && err != nil:
			t.Errorf("%q is refused: %v", c.text, err)
		case c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)):
			t.Errorf("%q: got %v, want a refusal with %q", c.text, err, c.refusal)
		}
	}
}

func TestName(t *testing.T) {
	check(t, func(s string) error { return Name(s, false) }, []accepted{
		{"dispatch", ""},
		{"a", ""},
		{"team-1", ""},
		{strings.Repeat("a", 51), ""},
		{strings.Repeat("a", 52), "1 to 51"},
		{"", "1 to 51"},
		{"Upper", "a–z"},
		{"under_score", "a–z"},
		{"-a", "single hyphens"},
		{"a-", "single hyphens"},
		{"a--b", "single hyphens"},
		{"../up", "a–z"},
	})
	check(t, func(s string) error { return Name(s, true) }, []accepted{
		{strings.Repeat("a", 29), ""},
		{strings.Repeat("a", 30), "1 to 29"},
	})
}

func TestBucket(t *testing.T) {
	check(t, Bucket, []accepted{
		{"my-pictures", ""},
		{"my.pictures.2026", ""},
		{"abc", ""},
		{strings.Repeat("a", 63), ""},
		{"ab", "3 to 63"},
		{strings.Repeat("a", 64), "3 to 63"},
		{"My-Pictures", "a–z"},
		{"my_pictures", "a–z"},
		{"-pictures", "both ends"},
		{"pictures-", "both ends"},
		{".pictures", "both ends"},
		{"my..pictures", "two dots"},
		{"192.168.5.4", "IP address"},
		{"xn--pictures", "xn--"},
		{"sthree-pictures", "sthree-"},
		{"amzn-s3-demo-bucket", "amzn-s3-demo-"},
		{"pictures-s3alias", "-s3alias"},
		{"pictures--ol-s3", "--ol-s3"},
		{"pictures.mrap", ".mrap"},
		{"pictures--usw2-az1--x-s3", "--x-s3"},
		{"pictures--table-s3", "--table-s3"},
	})
}

func TestQueueName(t *testing.T) {
	check(t, func(s string) error { return QueueName(s, false) }, []accepted{
		{"dispatch", ""},
		{"My_Queue-1", ""},
		{strings.Repeat("a", 62), ""},
		{strings.Repeat("a", 63), "1 to 62"},
		{"", "1 to 62"},
		{"a b", "A–Z"},
		{"a.b", "A–Z"},
		{"a.fifo", "FIFO=true"},
	})
	check(t, func(s string) error { return QueueName(s, true) }, []accepted{
		{"a", ""},
		{"a.fifo", ""},
		{".fifo", "1 to 62"},
	})
}

func TestPrefix(t *testing.T) {
	check(t, Prefix, []accepted{
		{"images/", ""},
		{"/", ""},
		{"a b/ü", ""},
		{"/images/", `write "images/"`},
		{"images/*", "taken literally"},
		{"a$", "taken literally"},
		{"a\n", "control characters"},
		{strings.Repeat("ü", 1024), ""},
		{strings.Repeat("ü", 1025), "at most 1024"},
	})
}

func TestRegion(t *testing.T) {
	check(t, Region, []accepted{
		{"us-west-2", ""},
		{"us-gov-east-1", ""},
		{"ap-southeast-4", ""},
		{"eusc-de-east-1", ""},
		{"us-west-2a", "the name of an AWS region"},
		{"US-WEST-2", "the name of an AWS region"},
		{"oregon", "the name of an AWS region"},
		{"", "the name of an AWS region"},
	})
}

func TestRuleKey(t *testing.T) {
	check(t, func(s string) error { return RuleKey("dispatch", s) }, []accepted{
		{"ec2", ""},
		{strings.Repeat("a", 55), ""},
		{strings.Repeat("a", 56), "at most 64"},
		{"two words", "A–Z"},
		{"schedule", "own rules"},
		{"objects", "own rules"},
		{"object-calls", "own rules"},
	})
}
