package main

import (
	"os"
	"regexp"
	"testing"
)

// TestBaseImagesAreNamedByDigest checks for digests, because a tag can be another image next week.
func TestBaseImagesAreNamedByDigest(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	stages := regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)`).FindAllSubmatch(text, -1)
	if len(stages) == 0 {
		t.Fatal("no image is built")
	}
	digest := regexp.MustCompile(`^[^@]+:[\d.]+@sha256:[0-9a-f]{64}$`)
	for _, stage := range stages {
		if base := string(stage[1]); base != "scratch" && !digest.MatchString(base) {
			t.Errorf("%s is not named by version and digest", base)
		}
	}
}
