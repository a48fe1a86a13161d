package settings

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/config"
)

// CheckAWS reports variables of the AWS SDK and of the proxy with characters that no request may contain, and endpoints
// that are not web URLs. The SDK would use them anyway, and then every request would be refused or could not be sent.
func CheckAWS() []string {
	var problems []string
	for _, entry := range os.Environ() {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			continue
		}
		if strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) {
			problems = append(problems, name+" begins or ends with white space, or contains a control character: "+
				"remove that")
		}
		// Requests are signed: a URL's user and password have no use, and the SDK would only repeat them in its errors.
		isEndpoint := text == "" || WebURL(text) != nil && WebURL(text).User == nil
		if strings.HasPrefix(name, "AWS_ENDPOINT_URL") && !isEndpoint {
			problems = append(problems, fmt.Sprintf("%s is %q: it must be an http or https URL without user and password",
				name, Redact(text)))
		}
	}
	return problems
}

// DefaultRegion is used if nothing else names a region.
const DefaultRegion = "us-west-2"

// Region determines the AWS region as the SDK does: the value of the setting REGION (given), then AWS_REGION,
// AWS_DEFAULT_REGION and the profile, and otherwise DefaultRegion; source says which of them was used. An error in the
// profile is ignored here: the next call to AWS will report it.
func Region(given string) (region, source string) {
	if given != "" {
		return given, "REGION"
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if region := os.Getenv(name); region != "" {
			return region, name
		}
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil || cfg.Region == "" {
		return DefaultRegion, "the default"
	}
	profile := cmp.Or(os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), config.DefaultSharedConfigProfile)
	return cfg.Region, "the profile " + profile
}
