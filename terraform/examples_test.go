package terraform_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
)

// callers are configurations that call the module, or its modules, in every way that a caller may.
var callers = []string{"complete", "modules-alone"}

// TestExamples applies each example, wants a second plan to be empty, and destroys it. Each has a local AWS of its own,
// which describes all trails of a region to a provider that asks for one.
func TestExamples(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	entries, err := os.ReadDir("examples")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(callers) {
		t.Errorf("examples/ has %d entries, this test knows %d", len(entries), len(callers))
	}
	for _, name := range callers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newCaller(t, name, localaws.Env(localaws.Test(t))).lives(t)
		})
	}
}

// newCaller writes out the tree with one of the examples, to be applied.
func newCaller(t *testing.T, example string, env []string) *root {
	t.Helper()
	needsTerraform(t)
	tree := t.TempDir()
	files := slices.Concat(glob(t, "*.tf"), glob(t, "modules/*/*.tf"), glob(t, "examples/"+example+"/*.tf"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(tree, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &root{t: t, folder: filepath.Join(tree, "examples", example), env: env}
	r.init()
	return r
}

// lives applies, plans and destroys.
func (r *root) lives(t *testing.T) {
	t.Helper()
	r.apply()
	if again := r.plan(); len(again) > 0 {
		t.Errorf("a second plan changes %v", again)
	}
	r.run("destroy", "-auto-approve", "-input=false", "-no-color")
	if left := strings.TrimSpace(r.run("state", "list")); left != "" {
		t.Errorf("left are %s", left)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(found), err)
	}
	return found
}
