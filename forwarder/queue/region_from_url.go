package queue

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"
)

// region matches the names of regions: us-east-1, us-gov-west-1, eusc-de-east-1.
const region = `([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2})`

// sqsHost matches an endpoint of SQS, over IPv4 or IPv6, in any partition of AWS.
var sqsHost = regexp.MustCompile(`^(?:` +
	`sqs(?:-fips)?\.` + region + `|` + // sqs.us-east-1.amazonaws.com
	`[^.]+\.sqs(?:-fips)?\.` + region + `\.vpce|` + // vpce-0f1e-abcd.sqs.us-east-1.vpce.amazonaws.com
	`(?:` + region + `\.)?queue` + // us-east-1.queue.amazonaws.com, as older SDKs wrote it
	`)\.(?:` +
	`amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|` +
	`c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|` +
	`api\.aws|api\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu|` +
	`api\.aws\.ic\.gov|api\.aws\.scloud|api\.cloud-aws\.adc-e\.uk|api\.aws\.hci\.ic\.gov` +
	`)\.?$`)

// RegionOf returns the AWS region that a queue's URL names, or "" if it names none, because the server is not AWS's.
func RegionOf(queueURL string) string {
	u, err := url.Parse(queueURL)
	if err != nil {
		return ""
	}
	found := sqsHost.FindStringSubmatch(strings.ToLower(u.Hostname()))
	if found == nil {
		return ""
	}
	return cmp.Or(found[1], found[2], found[3], "us-east-1") // queue.amazonaws.com is the oldest endpoint
}
