package settings

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

// DefaultRegion is where nothing says another region.
const DefaultRegion = "us-west-2"

// Region settles the AWS region as the SDK does: given, which is what the setting REGION says, then AWS_REGION,
// AWS_DEFAULT_REGION and the profile. source is which of them it was. An error of the profile is left to whoever asks
// AWS next.
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

// Profile is the name of the profile that the SDK reads.
func Profile() string {
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if profile := os.Getenv(name); profile != "" {
			return profile
		}
	}
	return config.DefaultSharedConfigProfile
}
