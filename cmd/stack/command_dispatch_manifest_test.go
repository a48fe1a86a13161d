package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// recorded returns the outputs of a stack with every kind of rule.
func recorded(t *testing.T) stack.Outputs {
	t.Helper()
	var outputs stack.Outputs
	text, err := os.ReadFile("testdata/outputs.json")
	check(t, err)
	check(t, json.Unmarshal(text, &outputs))
	return outputs
}

func manifestOf(t *testing.T, outputs stack.Outputs, args ...string) (string, error) {
	t.Helper()
	var m manifest
	set := m.settings()
	check(t, set.Flags.Parse(append([]string{"--name=mine"}, args...)))
	check(t, set.Read())
	return m.text(set.Flags.Arg(0), outputs)
}

func TestManifest(t *testing.T) {
	image := "--image=images.example/dispatch-events-aws:1.0"
	for file, args := range map[string][]string{
		"subscriptions.yaml":       {"subscriptions"},
		"driver.yaml":              {"driver", image},
		"subscriptions-draft.yaml": {"subscriptions", "--format=dispatch-draft", "--driver-name=aws-2", "--function=on"},
		"driver-draft.yaml":        {"driver", image, "--format=dispatch-draft", "--driver-name=aws-2", "--secret=keys"},
	} {
		t.Run(file, func(t *testing.T) {
			got, err := manifestOf(t, recorded(t), args...)
			check(t, err)
			golden := filepath.Join("testdata", file)
			if *update {
				check(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			check(t, err)
			if got != string(want) {
				t.Errorf("got\n%s", got)
			}
			// Dispatch's client splits at every "---", reads each part separately, and ignores kinds that it does not know.
			kinds := ""
			for part := range strings.SplitSeq(got, separator) {
				var d struct {
					Kind      string
					EventType string `yaml:"eventType"`
					DraftType string `yaml:"event-type"`
				}
				check(t, yaml.Unmarshal([]byte(part), &d))
				kinds += d.Kind + " "
				if d.Kind == "Subscription" && !regexp.MustCompile(`^[\w\d\-\.]+$`).MatchString(d.EventType+d.DraftType) {
					t.Errorf("Dispatch takes no such event type: %+v", d)
				}
			}
			wanted := map[string]string{"s": strings.Repeat("Subscription ", 5), "d": "DriverType Driver "}
			if kinds != wanted[file[:1]] {
				t.Error(kinds) // a file with both kinds must not be applied a second time
			}
		})
	}
}

// TestManifestSettlesForSolo checks that the forwarder waits for Solo's subscriptions, which no other release needs.
func TestManifestSettlesForSolo(t *testing.T) {
	for format, want := range map[string]bool{
		"":                 true,
		"dispatch":         true,
		"dispatch-sidecar": false,
		"dispatch-draft":   false,
	} {
		text, err := manifestOf(t, recorded(t), "driver", "--format="+format)
		check(t, err)
		if got := strings.Contains(text, "- key: sink-settle\n      value: 25s\n"); got != want {
			t.Errorf("format %q: %s", format, text)
		}
	}
}

func TestManifestHoldsNothingThatDispatchCutsAt(t *testing.T) {
	for _, c := range []struct{ part, output, value string }{
		{"driver", "queue_url", `"http://q/a---b"`},
		{"subscriptions", "rules", `{"a":{"name":"a---b","pattern":"{\"account\":[\"1\"]}"}}`},
		{
			"subscriptions", "rules", `{"a":{"name":"a","pattern":"{\"account\":[\"1\\n---\\nkind: Other\"]}"},` +
				`"b":{"name":"b","pattern":"{\"source\":[\"aws.ec2\"]}"}}`,
		},
	} {
		text, err := manifestOf(t, stack.Outputs{c.output: json.RawMessage(c.value)}, c.part)
		if err == nil || !strings.Contains(err.Error(), "would split the file") {
			t.Errorf("%s: %v\n%s", c.part, err, text)
		}
	}
}

func TestManifestRefusesWhatDispatchWould(t *testing.T) {
	for _, parts := range [][]string{{}, {"both"}, {"driver", "subscriptions"}} {
		if _, said, code := try(t, append([]string{"dispatch-manifest"}, parts...)...); code != exitUsage {
			t.Errorf("%v: %d %s", parts, code, said)
		}
	}
	for arg, want := range map[string]string{
		"--driver-name=My_Driver": "DRIVER_NAME: ",
		"--function=a b":          "FUNCTION: ",
		"--secret=-":              "SECRET: ",
		"--driver-type=a-name-of-more-than-32-characters": "DRIVER_TYPE: ",
		"--format=structured":                             "dispatch-draft",
		"--name=My_Stack":                                 "NAME: ",
		"--aws-secret-access-key=never-an-argument":       "unknown argument",
	} {
		if _, said, code := try(t, "dispatch-manifest", "driver", arg); code != exitUsage || !strings.Contains(said, want) {
			t.Errorf("%s: %d %s", arg, code, said)
		}
	}
}

func TestManifestHelp(t *testing.T) {
	if said, _, code := try(t, "dispatch-manifest", "-h"); code != exitDone || !strings.Contains(said, "--driver-name") {
		t.Errorf("%d %s", code, said)
	}
}
