package settings

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

// DefaultRegion is used if nothing else names a region.
const DefaultRegion = "us-west-2"

// Region determines the AWS region as the SDK does: the value of the setting REGION (given), then AWS_REGION,
// AWS_DEFAULT_REGION and the profile; source says which of them was used. An error in the profile is ignored here: the
// next call to AWS will report it.
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
	return cfg.Region, "the profile " + Profile()
}

// Profile returns the name of the profile that the SDK reads.
func Profile() string {
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if profile := os.Getenv(name); profile != "" {
			return profile
		}
	}
	return config.DefaultSharedConfigProfile
}
