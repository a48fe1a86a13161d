package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

func TestHome(t *testing.T) {
	t.Setenv("HOME", "/home/somebody")
	for setting, want := range map[string]string{
		"":         "/home/somebody/.local/state/dispatch-events-aws",
		"relative": "/home/somebody/.local/state/dispatch-events-aws",
		"/states":  "/states/dispatch-events-aws",
	} {
		t.Setenv("XDG_STATE_HOME", setting)
		if got, err := (&Stack{}).home(); err != nil || string(got) != want {
			t.Errorf("XDG_STATE_HOME=%q: %s, %v", setting, got, err)
		}
	}
}

func TestWriteReplacesAllButTheChosenProvider(t *testing.T) {
	f := folder(t.TempDir())
	first := fstest.MapFS{"main.tf": {Data: []byte("old")}, "modules/gone/main.tf": {Data: []byte("old")}}
	if err := f.writeModules(first, state{path: "/p"}.callerBlocks(true)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(f.modulesPath(), lockFile), "chosen")
	if err := f.writeImports([]existing{{address: `a.b["c"]`, Found: inventory.Found{ID: "x/y"}}}); err != nil {
		t.Fatal(err)
	}
	got := read(t, filepath.Join(f.modulesPath(), "adopt.tf"))
	if got != "import {\n  to = a.b[\"c\"]\n  id = \"x/y\"\n}\n" {
		t.Error(got)
	}
	second := fstest.MapFS{"main.tf": {Data: []byte("new")}}
	if err := f.writeModules(second, state{path: "/p"}.callerBlocks(true)); err != nil {
		t.Fatal(err)
	}
	if got := list(t, f.modulesPath()); got != ".terraform.lock.hcl caller.tf.json main.tf" {
		t.Errorf("modules hold %s", got)
	}
	if read(t, filepath.Join(f.modulesPath(), "main.tf")) != "new" ||
		read(t, filepath.Join(f.modulesPath(), lockFile)) != "chosen" {
		t.Error("the modules are not the new ones with the old choice")
	}
}

func TestClearLeavesTheLock(t *testing.T) {
	f := folder(t.TempDir())
	s := state{path: filepath.Join(string(f), "terraform.tfstate")}
	for _, path := range []string{
		s.path, s.path + ".backup", f.variablesPath(), f.proposedPath(), f.planPath(), f.journalPath(),
		f.lockPath(),
	} {
		put(t, path, "x")
	}
	if err := f.clear(s); err != nil {
		t.Fatal(err)
	}
	if got := list(t, string(f)); got != "lock" {
		t.Errorf("left are %s", got)
	}
}

func TestFilesAreTheOperatorsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "variables")
	if err := writeJSON(path, map[string]string{"a": "<&>"}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := read(t, path); got != "{\n  \"a\": \"<&>\"\n}\n" {
		t.Error(got)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}
