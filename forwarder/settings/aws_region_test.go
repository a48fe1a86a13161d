package settings

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
)

// The test compares with the SDK, so that both programs use the same region as every other AWS tool.
func TestRegion(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	profiles := "[default]\nregion = eu-west-3\n[profile work]\nregion = eu-north-1\n[profile bare]\n"
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		given                                   string
		region, fallback, profile, otherProfile string
		want, source                            string
	}{
		"given": {
			given:   "eu-west-1",
			region:  "eu-west-2",
			profile: "work",
			want:    "eu-west-1",
			source:  "REGION",
		},
		"AWS_REGION": {
			region:   "eu-west-2",
			fallback: "eu-south-1",
			profile:  "work",
			want:     "eu-west-2",
			source:   "AWS_REGION",
		},
		"AWS_DEFAULT_REGION": {
			fallback: "eu-south-1",
			profile:  "work",
			want:     "eu-south-1",
			source:   "AWS_DEFAULT_REGION",
		},
		"a profile":                 {profile: "work", want: "eu-north-1", source: "the profile work"},
		"a profile, the other way":  {otherProfile: "work", want: "eu-north-1", source: "the profile work"},
		"the default profile":       {want: "eu-west-3", source: "the profile default"},
		"a profile without one":     {profile: "bare", want: DefaultRegion, source: "the default"},
		"a profile that is not one": {profile: "gone", want: DefaultRegion, source: "the default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_CONFIG_FILE", file)
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
			t.Setenv("AWS_REGION", test.region)
			t.Setenv("AWS_DEFAULT_REGION", test.fallback)
			t.Setenv("AWS_PROFILE", test.profile)
			t.Setenv("AWS_DEFAULT_PROFILE", test.otherProfile)
			region, source := Region(test.given)
			if region != test.want || source != test.source {
				t.Errorf("the region is %s from %s, not %s from %s", region, source, test.want, test.source)
			}
			cfg, err := config.LoadDefaultConfig(context.Background())
			if err == nil && test.given == "" && cfg.Region != "" && cfg.Region != region {
				t.Errorf("the SDK takes %s, not %s", cfg.Region, region)
			}
		})
	}
}
