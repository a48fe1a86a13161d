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

// homeRegion returns the region in which the events of a partition's global services appear.
func homeRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "cn-north-1"
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	}
	return "us-east-1"
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
func ReasonsForNoMatch(p *pattern.Pattern, region string, allManagementEvents bool) []string {
	types := p.Literals("detail-type")
	isCall := func(t string) bool { return strings.HasSuffix(t, "via CloudTrail") }
	if len(types) > 0 && !slices.ContainsFunc(types, isCall) {
		return nil
	}
	var reasons []string
	if services := globalIn(p); len(services) > 0 && region != homeRegion(region) {
		reasons = append(reasons, fmt.Sprintf("the calls of %s cause events only in %s "+
			"(sign-ins and STS calls: in the region of their endpoint), so in %s this pattern hardly ever matches; "+
			"use REGION=%s, or a rule there that forwards the events",
			strings.Join(services, ", "), homeRegion(region), region, homeRegion(region)))
	}
	if calls := readOnlyIn(p); len(calls) > 0 && !allManagementEvents {
		reasons = append(reasons, fmt.Sprintf("read-only calls (%s) match only if the rule asks for them: "+
			"set MANAGEMENT_EVENTS=all", strings.Join(calls, ", ")))
	}
	return reasons
}

// globalIn returns the global services that a pattern names.
func globalIn(p *pattern.Pattern) (services []string) {
	sources := p.Literals("source")
	callers := p.Literals("detail.eventSource")
	for _, s := range globalServices {
		if slices.Contains(sources, "aws."+s) || slices.Contains(callers, s+".amazonaws.com") {
			services = append(services, s)
		}
	}
	return services
}

// readOnlyIn returns the read-only management calls that a pattern names.
func readOnlyIn(p *pattern.Pattern) (calls []string) {
	for _, name := range p.Literals("detail.eventName") {
		isRead := func(begin string) bool { return strings.HasPrefix(name, begin) }
		if slices.ContainsFunc(readOnlyCalls, isRead) && !slices.ContainsFunc(dataCalls, isRead) {
			calls = append(calls, name)
		}
	}
	if slices.Contains(p.Literals("detail.readOnly"), "true") {
		calls = append(calls, "those with readOnly true")
	}
	return calls
}
