package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// globalServices are the services whose calls CloudTrail records in one region of a partition, regardless of the region
// from which they were made (CloudTrail's user guide, "global service events", and the guide of each service).
var globalServices = []string{
	"iam", "sts", "signin", "cloudfront", "route53", "route53domains", "account", "support", "shield", "waf",
	"trustedadvisor",
	"globalaccelerator", "organizations", //nolint:misspell // the name of the service
}

// readOnlyCalls are the beginnings of the names of calls that change nothing. dataCalls are exceptions: they cause data
// events, not management events, and rules match them without MANAGEMENT_EVENTS=all.
var (
	readOnlyCalls = []string{"Describe", "Get", "List", "Lookup", "Head"}
	dataCalls     = []string{"GetObject", "HeadObject", "ListObjects", "GetItem", "GetRecords"}
)

// ReasonsForNoMatch returns the reasons why a pattern, although EventBridge accepts it, hardly ever matches in this
// region: its events appear in another region, or are calls that only read, which rules match only if they ask for all
// management events.
func ReasonsForNoMatch(p *pattern.Pattern, region string, allManagementEvents bool) (reasons []string) {
	types := p.Literals("detail-type")
	isCall := func(t string) bool {
		const call = "AWS API Call via CloudTrail" // or a prefix of it
		return strings.HasSuffix(t, "via CloudTrail") || strings.HasPrefix(call, t)
	}
	if len(types) > 0 && !slices.ContainsFunc(types, isCall) {
		return nil
	}
	sources, callers := p.Literals("source"), p.Literals("detail.eventSource")
	services := slices.DeleteFunc(slices.Clone(globalServices), func(service string) bool {
		return !slices.Contains(sources, "aws."+service) && !slices.Contains(callers, service+".amazonaws.com")
	})
	home := "us-east-1" // where the events of a partition's global services appear
	switch {
	case strings.HasPrefix(region, "cn-"):
		home = "cn-north-1"
	case strings.HasPrefix(region, "us-gov-"):
		home = "us-gov-west-1"
	}
	if len(services) > 0 && region != home {
		reasons = append(reasons, fmt.Sprintf("the calls of %s cause events only in %s "+
			"(sign-ins and STS calls: in the region of their endpoint), so in %s this pattern hardly ever matches; "+
			"use REGION=%s, or a rule there that forwards the events", strings.Join(services, ", "), home, region, home))
	}
	reads := slices.DeleteFunc(p.Literals("detail.eventName"), func(name string) bool {
		begins := func(begin string) bool { return strings.HasPrefix(name, begin) }
		return !slices.ContainsFunc(readOnlyCalls, begins) || slices.ContainsFunc(dataCalls, begins)
	})
	if slices.Contains(p.Literals("detail.readOnly"), "true") {
		reads = append(reads, "those with readOnly true")
	}
	if len(reads) > 0 && !allManagementEvents {
		reasons = append(reasons, fmt.Sprintf("read-only calls (%s) match only if the rule asks for them: "+
			"set MANAGEMENT_EVENTS=all", strings.Join(reads, ", ")))
	}
	return reasons
}
