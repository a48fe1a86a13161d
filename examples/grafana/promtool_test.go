package grafana_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// promtool runs Prometheus' own check; without it the test is skipped.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool, of Prometheus, is not on the PATH")
	}
	if said, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

func TestAlertsAreRules(t *testing.T) { promtool(t, "check", "rules", "alerts.yaml") }

func TestAlertsFire(t *testing.T) { promtool(t, "test", "rules", "alerts_test.yaml") }

// Each alert is seen firing, and each is seen silent.
func TestEachAlertIsTested(t *testing.T) {
	tests := string(read(t, "alerts_test.yaml"))
	names := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`)
	for _, alert := range names.FindAllStringSubmatch(string(read(t, "alerts.yaml")), -1) {
		for _, want := range []string{"alertname: " + alert[1] + "\n        exp_alerts:", "alertname: " + alert[1] + "}"} {
			if !strings.Contains(tests, want) {
				t.Errorf("%s: no test says %q", alert[1], want)
			}
		}
	}
}

// Grafana shows a query that does not parse as an empty panel; here each is a rule that Prometheus reads.
func TestQueriesParse(t *testing.T) {
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	replace := strings.NewReplacer("$__rate_interval", time.Minute.String(), "$job", ".*", "$instance", ".*")
	for where, expr := range readBoard(t).expressions() {
		record := regexp.MustCompile(`\W+`).ReplaceAllString(strings.ToLower(where), "_")
		rules = append(rules, rule{Record: record, Expr: replace.Replace(expr)})
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}
