package stack

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

// TestProviderIsToldHowOftenToTry has AWS refuse a rule for its quota, as the provider itself sees it.
func TestProviderIsToldHowOftenToTry(t *testing.T) {
	if _, err := exec.LookPath("terraform"); err != nil || testing.Short() {
		t.Skip("needs Terraform and half a minute")
	}
	path := os.Getenv("PATH")
	w := newWorld(t)
	t.Setenv("PATH", path)
	t.Setenv("AWS_MAX_ATTEMPTS", "3")
	w.has["PutRule"] = `400 {"__type":"LimitExceededException","message":"The requested resource exceeds the maximum ` +
		`number allowed."}`
	s := w.stack()
	s.PluginDir = ""
	s.Modules = fstest.MapFS{"main.tf": {Data: []byte(`
		variable "max_message_size" { default = null }
		resource "aws_cloudwatch_event_rule" "r" {
		  name                = "rec-x"
		  schedule_expression = "rate(1 day)"
		}`)}}
	_, err := s.Up(t.Context(), valid())
	if err == nil || !strings.Contains(err.Error(), "AWS says LimitExceededException: The requested resource exceeds") {
		t.Errorf("the cause is not said: %v", err)
	}
	tries := 0
	for _, c := range w.calls {
		if strings.HasPrefix(c, "PutRule ") {
			tries++
		}
	}
	if tries != 3 {
		t.Errorf("tried %d times", tries)
	}
}
