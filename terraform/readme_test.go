package terraform_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-config-inspect/tfconfig"
)

var update = flag.Bool("update", false, "rewrite the tables and sources in the modules' READMEs")

const (
	tablesBegin = "<!-- BEGIN_TF_DOCS -->\n"
	tablesEnd   = "<!-- END_TF_DOCS -->\n"
)

// TestREADMEsAreGenerated wants each README to end with the tables that terraform-docs would write; with -update it
// writes them.
func TestREADMEsAreGenerated(t *testing.T) {
	for _, dir := range append([]string{"."}, under(modules)...) {
		path := filepath.Join(dir, "README.md")
		readme, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		before, rest, begun := strings.Cut(string(readme), tablesBegin)
		_, after, ended := strings.Cut(rest, tablesEnd)
		if !begun || !ended {
			t.Errorf("%s has no place for its tables", path)
			continue
		}
		want := before + tablesBegin + tables(t, dir) + tablesEnd + after
		if want == string(readme) {
			continue
		}
		if !*update {
			t.Errorf("%s is not up to date: go test ./terraform -run %s -update", path, t.Name())
			continue
		}
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// describedRef returns the Git reference with the interface that the READMEs describe: the branch main while the
// changelog has changes that are not released, and otherwise the tag of the release.
func describedRef(t *testing.T) string {
	t.Helper()
	changelog, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	version, err := os.ReadFile("../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	_, unreleased, _ := strings.Cut(string(changelog), "## [Unreleased]\n")
	unreleased, _, _ = strings.Cut(unreleased, "\n## ")
	if strings.TrimSpace(unreleased) != "" {
		return "main"
	}
	return "v" + strings.TrimSpace(string(version))
}

// TestSourcesAreOfThisVersion wants examples in READMEs to call the modules whose interface the READMEs describe; with
// -update it writes the reference into them.
func TestSourcesAreOfThisVersion(t *testing.T) {
	source := regexp.MustCompile(`(source = "github\.com/[^"?]+\?ref=)([^"]*)"`)
	ref := describedRef(t)
	for _, dir := range append([]string{"."}, under(modules)...) {
		path := filepath.Join(dir, "README.md")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		readme := string(text)
		want := source.ReplaceAllString(readme, "${1}"+ref+`"`)
		switch {
		case !source.MatchString(readme):
			t.Errorf("%s does not show how the module is called", path)
		case want == readme:
		case !*update:
			t.Errorf("%s calls a module at another reference than %s: go test ./terraform -run %s -update", path, ref, t.Name())
		default:
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

// tables describe a module as terraform-docs does.
func tables(t *testing.T, dir string) string {
	t.Helper()
	m, diagnostics := tfconfig.LoadModule(dir)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics.Err())
	}
	var b bytes.Buffer
	requirements := [][]string{{"terraform", strings.Join(m.RequiredCore, ", ")}}
	providers := [][]string{}
	for _, name := range sorted(m.RequiredProviders) {
		versions := strings.Join(m.RequiredProviders[name].VersionConstraints, ", ")
		if versions != "" { // Terraform's own provider has none
			requirements = append(requirements, []string{name, versions})
		}
		providers = append(providers, []string{name, cmp.Or(versions, "n/a")})
	}
	table(&b, "Requirements", []string{"Name", "Version"}, requirements)
	table(&b, "Providers", []string{"Name", "Version"}, providers)
	calls := [][]string{}
	for _, name := range sorted(m.ModuleCalls) {
		calls = append(calls, []string{name, m.ModuleCalls[name].Source})
	}
	table(&b, "Modules", []string{"Name", "Source"}, calls)
	resources := [][]string{}
	for _, name := range sorted(m.ManagedResources) {
		resources = append(resources, []string{name, "resource"})
	}
	for _, name := range sorted(m.DataResources) {
		resources = append(resources, []string{strings.TrimPrefix(name, "data."), "data source"})
	}
	table(&b, "Resources", []string{"Name", "Type"}, resources)
	table(&b, "Inputs", []string{"Name", "Description", "Type", "Default", "Required"}, inputs(t, m))
	table(&b, "Outputs", []string{"Name", "Description"}, outputs(t, m))
	return b.String()
}

// inputs are in the order in which they are declared.
func inputs(t *testing.T, m *tfconfig.Module) (rows [][]string) {
	t.Helper()
	byLine := func(a, b *tfconfig.Variable) int { return cmp.Compare(a.Pos.Line, b.Pos.Line) }
	for _, v := range slices.SortedFunc(maps.Values(m.Variables), byLine) {
		if v.Description == "" {
			t.Errorf("%s: the variable %s is not described", m.Path, v.Name)
		}
		value, required := "n/a", "yes"
		if !v.Required {
			text, err := json.Marshal(v.Default)
			if err != nil {
				t.Fatal(err)
			}
			value, required = "`"+string(text)+"`", "no"
		}
		rows = append(rows, []string{v.Name, escape(v.Description), "`" + v.Type + "`", value, required})
	}
	return rows
}

func outputs(t *testing.T, m *tfconfig.Module) (rows [][]string) {
	t.Helper()
	byLine := func(a, b *tfconfig.Output) int { return cmp.Compare(a.Pos.Line, b.Pos.Line) }
	for _, o := range slices.SortedFunc(maps.Values(m.Outputs), byLine) {
		if o.Description == "" {
			t.Errorf("%s: the output %s is not described", m.Path, o.Name)
		}
		rows = append(rows, []string{o.Name, escape(o.Description)})
	}
	return rows
}

func table(b *bytes.Buffer, heading string, columns []string, rows [][]string) {
	fmt.Fprintf(b, "## %s\n\n", heading)
	if len(rows) == 0 {
		fmt.Fprintf(b, "No %s.\n\n", strings.ToLower(heading))
		return
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
	}
	b.WriteString("\n")
}

// escape keeps what Markdown would take for a tag or the end of a cell. Between backticks Markdown takes it literally.
func escape(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer("<", "\\<", "|", "\\|", "*", "\\*").Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
