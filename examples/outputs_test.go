package examples

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestOutputs checks that the stack has the outputs that the examples take from it.
func TestOutputs(t *testing.T) {
	outputs := names(t, "../terraform/outputs.tf", `(?m)^output "(\w+)"`)
	for file, pattern := range map[string]string{
		"kubernetes/README.md": `\\\(\.(\w+)\)|jq -r \.(\w+)`, // jq: \(.queue_url), .forwarder_policy
		"ecs/variables.tf":     `(?m)^    (\w+) += string$`,   // the fields of var.stack
	} {
		taken := names(t, file, pattern)
		if len(taken) < 3 {
			t.Errorf("%s takes only %v", file, taken)
		}
		for _, name := range taken {
			if !slices.Contains(outputs, name) {
				t.Errorf("%s takes %s, which the stack does not have", file, name)
			}
		}
	}
}

func names(t *testing.T, file, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		for _, name := range match[1:] {
			if name != "" {
				all = append(all, name)
			}
		}
	}
	return all
}
