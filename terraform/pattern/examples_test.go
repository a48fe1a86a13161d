package pattern_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

const examples = "../../examples"

// TestExamples matches each pattern of the examples with the events in its folder.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(examples + "/patterns/*/pattern.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d patterns, %v", len(files), err)
	}
	readme := string(read(t, examples+"/patterns/README.md"))
	for _, file := range files {
		folder := filepath.Dir(file)
		name := filepath.Base(folder)
		t.Run(name, func(t *testing.T) {
			set := parse(t, file)
			if len(set) != 1 || set[0].Name != name {
				t.Fatalf("%s: got %v, want one pattern named after the folder", file, set)
			}
			if link := "[" + name + "](" + name + "/pattern.json)"; strings.Count(readme, link) != 1 {
				t.Errorf("the README does not have %s once", link)
			}
			tryEvents(t, set[0], folder)
		})
	}
}

func tryEvents(t *testing.T, p *pattern.Pattern, folder string) {
	t.Helper()
	counts := map[bool]int{}
	events, err := filepath.Glob(folder + "/*-*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range events {
		event := read(t, file)
		checkEnvelope(t, file, event)
		want := strings.HasPrefix(filepath.Base(file), "match-")
		if !want && !strings.HasPrefix(filepath.Base(file), "other-") {
			t.Errorf("%s is neither match-… nor other-…", file)
		}
		counts[want]++
		if why := explain(t, p, event); (len(why) == 0) != want {
			t.Errorf("%s: it matches: %t; %v", file, !want, why)
		}
	}
	if counts[true] == 0 || counts[false] == 0 {
		t.Errorf("%s has %d events that match and %d that do not, want some of both", folder, counts[true], counts[false])
	}
}

// checkEnvelope checks that an event has the fields that EventBridge gives every event.
func checkEnvelope(t *testing.T, file string, event []byte) {
	t.Helper()
	var e struct {
		Version, ID, Source, Account, Time, Region string
		DetailType                                 string `json:"detail-type"`
		Resources                                  []string
		Detail                                     map[string]any
	}
	if err := json.Unmarshal(event, &e); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	for name, value := range map[string]string{
		"id": e.ID, "source": e.Source, "account": e.Account, "time": e.Time, "region": e.Region, "detail-type": e.DetailType,
	} {
		if value == "" {
			t.Errorf("%s has no %s", file, name)
		}
	}
	if e.Version != "0" || e.Resources == nil || e.Detail == nil {
		t.Errorf("%s lacks version 0, resources or detail", file)
	}
}

func TestEventPatterns(t *testing.T) {
	set := parse(t, examples+"/event-patterns.json")
	for file, want := range map[string]string{
		"ec2-stopped/match-stopped":                    "ec2-instance-state",
		"ec2-stopped/other-running":                    "ec2-instance-state",
		"ec2-stopped/other-spot-warning":               "",
		"autoscaling-failed/match-launch-unsuccessful": "autoscaling",
		"autoscaling-failed/other-launch-successful":   "autoscaling",
		"s3-images/match-jpg":                          "",
	} {
		got := ""
		for _, named := range set {
			if why := explain(t, named, read(t, examples+"/patterns/"+file+".json")); len(why) == 0 {
				got += named.Name
			}
		}
		if got != want {
			t.Errorf("%s matches %q, want %q", file, got, want)
		}
	}
}

// parse reads a set of patterns, which must cause no error and no warning.
func parse(t *testing.T, file string) []*pattern.Pattern {
	t.Helper()
	set, mistakes := pattern.ParseSet(file, read(t, file), 2048)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, named := range set {
		for _, warning := range named.Warnings {
			t.Error(warning)
		}
	}
	return set
}

// explain reads the text of one event.
func explain(t *testing.T, p *pattern.Pattern, text []byte) []pattern.Mismatch {
	t.Helper()
	for event, err := range pattern.ReadEvents("event", bytes.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		return p.Explain(event)
	}
	return nil
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
