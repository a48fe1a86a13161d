package validate

import (
	"fmt"
	"strings"
	"testing"
)

func TestGrantee(t *testing.T) {
	check(t, Grantee, []accepted{
		{"123456789012", ""},
		{"arn:aws:iam::123456789012:root", ""},
		{"arn:aws:iam::123456789012:role/team/reader", ""},
		{"arn:aws-cn:iam::123456789012:user/li", ""},
		{"arn:aws-us-gov:sts::123456789012:assumed-role/reader/session", ""},
		{"*", "is not accepted"},
		{"12345678901", "is not accepted"},
		{"arn:aws:iam::123456789012:role/", "is not accepted"},
		{"arn:aws:iam::123456789012:group/g", "is not accepted"},
		{"arn:aws:s3:::bucket", "is not accepted"},
		{"reader", "is not accepted"},
	})
}

func TestKey(t *testing.T) {
	check(t, Key, []accepted{
		{"create", ""},
		{"arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", ""},
		{"arn:aws:kms:us-west-2:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab", ""},
		{"alias/aws/sqs", "EventBridge may not use"},
		{"arn:aws:kms:us-west-2:123456789012:alias/aws/sqs", "EventBridge may not use"},
		{"alias/mine", "the ARN of a key"},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", "the ARN of a key"},
	})
}

func TestTags(t *testing.T) {
	reserved := []string{"dispatch-events-aws:stack", "dispatch-events-aws:state"}
	check(t, func(text string) error {
		if _, problems := Tags(text, reserved...); len(problems) > 0 {
			return fmt.Errorf("%s", strings.Join(problems, "; "))
		}
		return nil
	}, []accepted{
		{"", ""},
		{"team=events, cost centre=a/b:c@d", ""},
		{"empty=", ""},
		{"team", "key=value"},
		{"=x", "1 to 128"},
		{"aws:team=x", "AWS keeps"},
		{"AWS:team=x", "AWS keeps"},
		{"dispatch-events-aws:stack=x", "the stack itself"},
		{"team=a,team=b", "given twice"},
		{"team=a;b", "are accepted"},
		{"team=" + strings.Repeat("x", 257), "at most 256"},
		{strings.Repeat("k", 129) + "=x", "1 to 128"},
		{many(49), "at most 48"},
		{many(48), ""},
	})
	tags, _ := Tags("a=b=c, d = e")
	if tags["a"] != "b=c" || tags["d"] != "e" || len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
}

func many(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("k%d=v", i))
	}
	return strings.Join(pairs, ",")
}
