package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// globalServices are those whose calls CloudTrail records in one region of a partition, whatever region they were made
// from (CloudTrail's user guide, "global service events"; each service's own guide).
var globalServices = []string{
	"iam", "sts", "signin", "cloudfront", "route53", "route53domains", "account", "support", "shield", "waf",
	"trustedadvisor",
	"globalaccelerator", "organizations", //nolint:misspell // the service's name
}

// homeRegion is where a partition's global services have their events.
func homeRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "cn-north-1"
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	}
	return "us-east-1"
}

// readOnlyCalls begin the names of calls that change nothing; dataCalls are not management events, and come without
// being asked for.
var (
	readOnlyCalls = []string{"Describe", "Get", "List", "Lookup", "Head"}
	dataCalls     = []string{"GetObject", "HeadObject", "ListObjects", "GetItem", "GetRecords"}
)

// Unmatched tells of a pattern that EventBridge takes and that never matches in this region: the events it asks for are
// in another one, or are calls that only read, which rules see only when they ask for all management events.
func Unmatched(p *pattern.Pattern, region string, allManagementEvents bool) []string {
	types, _ := p.Literals("detail-type")
	isCall := func(t string) bool { return strings.HasSuffix(t, "via CloudTrail") }
	if len(types) > 0 && !slices.ContainsFunc(types, isCall) {
		return nil
	}
	var reasons []string
	if services := globalIn(p); len(services) > 0 && region != homeRegion(region) {
		reasons = append(reasons, fmt.Sprintf("the calls of %s are events in %s alone "+
			"(of sign-ins and STS, those made at its endpoints): in %s this hardly ever matches; REGION=%s, "+
			"or a rule there that sends them on",
			strings.Join(services, ", "), homeRegion(region), region, homeRegion(region)))
	}
	if calls := readOnlyIn(p); len(calls) > 0 && !allManagementEvents {
		reasons = append(reasons, fmt.Sprintf("%s only reads, and EventBridge leaves out such calls unless a rule asks for "+
			"them: MANAGEMENT_EVENTS=all", strings.Join(calls, ", ")))
	}
	return reasons
}

// globalIn are the global services that a pattern names.
func globalIn(p *pattern.Pattern) (services []string) {
	sources, _ := p.Literals("source")
	callers, _ := p.Literals("detail.eventSource")
	for _, s := range globalServices {
		if slices.Contains(sources, "aws."+s) || slices.Contains(callers, s+".amazonaws.com") {
			services = append(services, s)
		}
	}
	return services
}

// readOnlyIn are the calls of management that a pattern names and that only read.
func readOnlyIn(p *pattern.Pattern) (calls []string) {
	names, beginnings := p.Literals("detail.eventName")
	for _, name := range append(names, beginnings...) {
		isRead := func(begin string) bool { return strings.HasPrefix(name, begin) }
		if slices.ContainsFunc(readOnlyCalls, isRead) && !slices.ContainsFunc(dataCalls, isRead) {
			calls = append(calls, name)
		}
	}
	if reads, _ := p.Literals("detail.readOnly"); slices.Contains(reads, "true") {
		calls = append(calls, "what has readOnly true")
	}
	return calls
}
