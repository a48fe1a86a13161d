package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestQueuesTakeTheLargestEvents as far as the provider that init chose lets them; the second run, without init, is as
// the first.
func TestQueuesTakeTheLargestEvents(t *testing.T) {
	for version, large := range map[string]bool{
		"5.100.0":     false,
		"6.7.0":       false,
		"6.8.0":       true,
		"6.10.1":      true,
		"7.0.0-beta1": true,
	} {
		w := newWorld(t)
		w.says("lock", chose(version))
		size := filepath.Join(w.home().modulesPath(), "size.auto.tfvars.json")
		for verb, run := range map[string]func() error{
			"plan":   func() error { _, err := w.stack().Plan(t.Context(), valid()); return err },
			"up":     func() error { _, err := w.stack().Up(t.Context(), valid()); return err },
			"status": func() error { o := valid(); _, err := w.stack().Status(t.Context(), &o); return err },
		} {
			w.notes = nil
			if verb == "status" {
				w.plansToCreate()
				put(t, w.home().variablesPath(), "{}")
			} else {
				w.says("plan.json", "")
			}
			if err := run(); err != nil {
				t.Fatalf("%s: %v", verb, err)
			}
			if got := read(t, size); strings.Contains(got, `"max_message_size": 1048576`) != large {
				t.Errorf("%s, %s: %q", version, verb, got)
			}
			if n := strings.Count(strings.Join(w.notes, "\n"),
				"SQS drops events larger than 256 KiB, because the AWS provider "+version); n == 1 == large {
				t.Errorf("%s, %s: %q", version, verb, w.notes)
			}
		}
		if got := strings.Count(w.ran(), "init"); got != 1 {
			t.Errorf("%d inits: %s", got, w.ran())
		}
		w.notes = nil
		w.plansToDestroy()
		err := w.stack().Down(t.Context(), Options{}, nil)
		if notes := strings.Join(w.notes, "\n"); err != nil || strings.Contains(notes, "KiB") {
			t.Errorf("%s, down: %v, %q", version, err, notes)
		}
	}
}

// TestAnotherProviderIsChosen once its lock file is removed, as the warning says.
func TestAnotherProviderIsChosen(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{"5.100.0", "6.8.0"} {
		w.says("lock", chose(version))
		if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(w.home().modulesPath(), lockFile)); got != chose(version) {
			t.Errorf("chosen is %s, not %s", got, version)
		}
		if err := os.Remove(filepath.Join(w.home().modulesPath(), lockFile)); err != nil {
			t.Fatal(err)
		}
	}
}
