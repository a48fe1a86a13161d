package queue

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// domains are where AWS has its endpoints: those of IPv4 first, then those that answer over IPv6 too, by partition.
var domains = []string{
	"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu",
	"c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk", "csp.hci.ic.gov",
	"api.aws", "api.amazonwebservices.com.cn", "api.amazonwebservices.eu",
	"api.aws.ic.gov", "api.aws.scloud", "api.cloud-aws.adc-e.uk", "api.aws.hci.ic.gov",
}

// regionName is how regions are named: us-east-1, us-gov-west-1, ap-southeast-5, eusc-de-east-1.
var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// RegionOf is the AWS region of a queue's URL: "" when the URL does not say, as that of a server that is not AWS's. The
// region decides on the partition too.
func RegionOf(queueURL string) string {
	labels := hostLabels(queueURL)
	switch {
	case len(labels) == 1 && labels[0] == "queue": // queue.amazonaws.com, the first of all
		return "us-east-1"
	case len(labels) == 2 && labels[1] == "queue": // REGION.queue.amazonaws.com, as older SDKs wrote it
		return asRegion(labels[0])
	}
	service := slices.IndexFunc(labels, func(l string) bool { return l == "sqs" || l == "sqs-fips" })
	switch rest := labels[service+1:]; {
	case service == 0 && len(rest) == 1: // sqs.REGION.amazonaws.com
		return asRegion(rest[0])
	case service == 1 && len(rest) == 2 && rest[1] == "vpce": // vpce-ID.sqs.REGION.vpce.amazonaws.com
		return asRegion(rest[0])
	}
	return ""
}

// hostLabels are the parts of a URL's host before AWS's domain; none when it is not AWS's.
func hostLabels(text string) []string {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	for _, domain := range domains {
		if front, found := strings.CutSuffix(host, "."+domain); found {
			return strings.Split(front, ".")
		}
	}
	return nil
}

// isOldHost tells whether a host is of the form that older SDKs wrote.
func isOldHost(host string) bool {
	labels := hostLabels("https://" + host)
	return len(labels) > 0 && labels[len(labels)-1] == "queue"
}

func asRegion(label string) string {
	if !regionName.MatchString(label) {
		return ""
	}
	return label
}
