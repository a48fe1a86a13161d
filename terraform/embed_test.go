package terraform_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-config-inspect/tfconfig"

	"github.com/dispatchframework/dispatch-events-aws/terraform"
)

var modules = []string{"alarms", "bucket", "policy", "queue", "rule", "trail"}

// Every file that an apply needs is embedded, so a program that writes Files out has the tree that ops teams apply.
func TestFilesAreTheTree(t *testing.T) {
	want := map[string]bool{}
	for _, pattern := range []string{"*.tf", "modules/*/*.tf"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			want[filepath.ToSlash(name)] = true
		}
	}
	got := walk(t)
	for name := range want {
		if !got[name] {
			t.Errorf("%s is not embedded", name)
		}
	}
	for name := range got {
		if !want[name] {
			t.Errorf("%s is embedded and not in the tree", name)
		}
	}
}

// Each module is there whole, and so is the root; that each is valid test.sh says.
func TestFilesHoldEveryModule(t *testing.T) {
	got := walk(t)
	for _, dir := range append([]string{"."}, under(modules)...) {
		for _, file := range []string{"main.tf", "variables.tf", "outputs.tf", "versions.tf"} {
			if name := path.Join(dir, file); !got[name] {
				t.Errorf("%s is missing", name)
			}
		}
	}
	entries, err := os.ReadDir("modules")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(modules) {
		t.Errorf("modules/ has %d entries, this test knows %d", len(entries), len(modules))
	}
	for _, name := range modules {
		standsAlone(t, "modules/"+name)
	}
}

// standsAlone wants a module to name nothing that is outside of modules/: it can be called without the root.
func standsAlone(t *testing.T, dir string) {
	t.Helper()
	m, diagnostics := tfconfig.LoadModule(dir)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics.Err())
	}
	for name, call := range m.ModuleCalls {
		if beside, ok := strings.CutPrefix(call.Source, "../"); !ok || !slices.Contains(modules, beside) {
			t.Errorf("%s calls the module %s: %s", dir, name, call.Source)
		}
	}
	for _, file := range glob(t, dir+"/*.tf") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "../..") {
			t.Errorf("%s names what is outside of modules/", file)
		}
	}
}

// A .terraform folder, a state, a lock file of one platform, variables or a test in the working tree must not travel.
func TestFilesHoldNothingElse(t *testing.T) {
	source, err := os.ReadFile("embed.go")
	if err != nil {
		t.Fatal(err)
	}
	directives := regexp.MustCompile(`(?m)^//go:embed (.*)$`).FindAllStringSubmatch(string(source), -1)
	if len(directives) != 1 || directives[0][1] != "*.tf modules/*/*.tf" {
		t.Fatalf("the directives are %q", directives)
	}
	for _, pattern := range strings.Fields(directives[0][1]) {
		for _, name := range []string{
			".terraform.lock.hcl", ".terraform/modules/x/main.tf", "modules/rule/.terraform/modules/x/main.tf",
			"terraform.tfstate", "terraform.tfvars.json", "tests/stack.tftest.hcl", "modules/rule/tests/rules.tftest.hcl",
			"modules/rule/README.md", "modules/rule/examples/main.tf",
		} {
			if match, err := path.Match(pattern, name); match || err != nil {
				t.Errorf("%q takes %s (%v)", pattern, name, err)
			}
		}
	}
	for name := range walk(t) {
		if path.Ext(name) != ".tf" || strings.HasPrefix(path.Base(name), ".") {
			t.Errorf("%s is embedded", name)
		}
	}
}

func walk(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := fs.WalkDir(terraform.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func under(names []string) []string {
	var dirs []string
	for _, n := range names {
		dirs = append(dirs, "modules/"+n)
	}
	return dirs
}
