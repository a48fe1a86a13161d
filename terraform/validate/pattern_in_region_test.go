package validate

import (
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

func TestUnmatchedPatterns(t *testing.T) {
	for _, c := range []struct{ pattern, region, want string }{
		{`{"source": ["aws.iam"]}`, "us-west-2", "the calls of iam cause events only in us-east-1"},
		{`{"source": ["aws.iam"]}`, "us-east-1", ""},
		{`{"source": ["aws.iam"]}`, "us-gov-east-1", "only in us-gov-west-1"},
		{`{"detail": {"eventSource": ["signin.amazonaws.com"]}}`, "eu-west-1", "the calls of signin"},
		{
			`{"source": ["aws.signin", "aws.ec2"], "detail-type": ["AWS Console Sign In via CloudTrail"]}`, "eu-west-1",
			"signin",
		},
		{
			`{"source": ["aws.trustedadvisor"], "detail-type": ["Trusted Advisor Check Item Refresh Notification"]}`,
			"eu-west-1", "",
		},
		{`{"source": [{"prefix": "aws."}]}`, "us-west-2", ""},
		{
			`{"source": ["aws.iam"], "detail-type": [{"prefix": {"equals-ignore-case": "aws"}}]}`, "us-west-2",
			"the calls of iam",
		},
		{
			`{"source": ["aws.iam"], "detail-type": [{"prefix": "AWS API Call"}]}`, "us-west-2",
			"the calls of iam",
		},
		{`{"detail": {"eventName": ["DescribeInstances"]}}`, "us-west-2", "read-only calls (DescribeInstances)"},
		{`{"detail": {"eventName": [{"prefix": "Get"}]}}`, "us-west-2", "read-only calls (Get)"},
		{`{"detail": {"eventName": ["GetObject", "PutObject", "RunInstances"]}}`, "us-west-2", ""},
		{`{"detail": {"readOnly": [true]}}`, "us-west-2", "read-only calls (those with readOnly true)"},
		{`{"detail-type": ["EC2 Instance State-change Notification"], "detail": {"eventName": ["List"]}}`, "us-west-2", ""},
	} {
		set, mistakes := pattern.ParseSet("", []byte(c.pattern), 2048)
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		got := strings.Join(ReasonsForNoMatch(set[0], c.region, false), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s in %s: got %q, want %q", c.pattern, c.region, got, c.want)
		}
		if all := strings.Join(ReasonsForNoMatch(set[0], c.region, true), "\n"); strings.Contains(all, "read-only") {
			t.Errorf("%s with all management events: %s", c.pattern, all)
		}
	}
}
