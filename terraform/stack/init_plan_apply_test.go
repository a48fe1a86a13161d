package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTerraformAsksForInit has a command refuse to run in a folder that was initialised with something else.
func TestTerraformAsksForInit(t *testing.T) {
	for _, detail := range []string{
		`Module not installed","detail":"Run \"terraform init\" to install all modules required by this configuration.`,
		`Required plugins are not installed","detail":"There is no package for hashicorp/aws 6.8.0 cached in data. ` +
			`You must install the required plugins before running Terraform operations.`, // as in an automation
	} {
		asksForInit(t, `{"type":"diagnostic","diagnostic":{"severity":"error","summary":"`+detail+`"}}`+"\n")
	}
}

func asksForInit(t *testing.T, said string) {
	w := newWorld(t)
	w.up()
	for verb, run := range map[string]func() error{
		"plan":   func() error { _, err := w.stack().Plan(t.Context(), valid()); return err },
		"output": func() error { _, err := w.stack().Outputs(t.Context(), nil); return err },
	} {
		w.says("log", "")
		w.says("lock", chose("6.9.0"))
		w.says("needs-init", said)
		if err := run(); err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		if got := w.ran(); got != verb+" init "+verb {
			t.Errorf("Terraform ran %s", got)
		}
		size, _ := os.ReadFile(filepath.Join(w.home().modulesPath(), "size.auto.tfvars.json"))
		if plans := verb == "plan"; strings.Contains(string(size), "1048576") != plans {
			t.Errorf("%s: the size is that of the provider before, or outputs set it: %q", verb, size)
		}
	}
	w.says("plan.jsonl", `{"type":"diagnostic","diagnostic":{"severity":"error","summary":"run terraform init"}}`+"\n")
	w.says("log", "")
	if _, err := w.stack().Plan(t.Context(), valid()); err == nil || w.ran() != "plan init plan" {
		t.Errorf("init does not help: %v, ran %s", err, w.ran())
	}
}

// TestInitIsRunOnlyWhenItIsNeeded changes what Terraform itself was initialised with.
func TestInitIsRunOnlyWhenItIsNeeded(t *testing.T) {
	if _, err := exec.LookPath("terraform"); err != nil || testing.Short() {
		t.Skip("needs Terraform and half a minute")
	}
	path := os.Getenv("PATH")
	w := newWorld(t)
	t.Setenv("PATH", path)
	s := w.stack()
	modules := fstest.MapFS{"main.tf": {Data: []byte(`variable "max_message_size" { default = null }`)}}
	s.Modules, s.PluginDir = modules, ""
	for _, c := range []struct {
		name   string
		change func()
		inits  bool
	}{
		{"the first run", func() {}, true},
		{"nothing changed", func() {}, false},
		{"other resources", func() { modules["rule.tf"] = &fstest.MapFile{Data: []byte("locals {}")} }, false},
		{"another module", func() {
			modules["more.tf"] = &fstest.MapFile{Data: []byte(`module "more" { source = "./more" }`)}
			modules["more/main.tf"] = &fstest.MapFile{Data: []byte("locals {}")}
		}, true},
		{"another state", func() { s.State = t.TempDir() }, true},
		{"no data", func() { w.check(os.RemoveAll(w.home().dataPath())) }, true},
		{"no provider", func() { w.check(os.RemoveAll(filepath.Join(w.home().dataPath(), "providers"))) }, true},
		{"no provider chosen", func() { w.check(os.Remove(w.home().providerLockPath())) }, true},
	} {
		c.change()
		w.notes = nil
		_, err := s.Plan(t.Context(), valid())
		if inits := slices.Contains(w.notes, "preparing Terraform"); err != nil || inits != c.inits {
			t.Errorf("%s: init was run: %v, %v", c.name, inits, err)
		}
	}
}
