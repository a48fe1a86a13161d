package grafana_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// board is as much of Grafana's model as can be wrong without anybody noticing before it is imported.
type board struct {
	UID, Title string
	Templating struct{ List []variable }
	Panels     []panel
}

type variable struct{ Name, Type, Query, Definition string }

// UnmarshalJSON takes a query that is a text, or an object that is the definition's.
func (v *variable) UnmarshalJSON(text []byte) error {
	var raw struct {
		Name, Type, Definition string
		Query                  any
	}
	err := json.Unmarshal(text, &raw)
	v.Name, v.Type, v.Definition = raw.Name, raw.Type, raw.Definition
	v.Query, _ = raw.Query.(string)
	return err
}

type source struct{ Type, UID string }

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               source
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct {
		RefID, Expr, LegendFormat string
		Datasource                source
	}
}

func readBoard(t *testing.T) board {
	t.Helper()
	var b board
	if err := json.Unmarshal(read(t, "dashboard.json"), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// expressions are all queries of the dashboard, by where they are.
func (b board) expressions() map[string]string {
	all := map[string]string{}
	for _, p := range b.Panels {
		for _, target := range p.Targets {
			all[p.Title+" "+target.RefID] = target.Expr
		}
	}
	return all
}

func TestEveryPanelIsComplete(t *testing.T) {
	b := readBoard(t)
	if b.UID == "" || b.Title == "" || len(b.Panels) == 0 {
		t.Fatalf("%q, %q, %d panels", b.UID, b.Title, len(b.Panels))
	}
	ours := source{Type: "prometheus", UID: "${datasource}"}
	ids := map[int]bool{}
	for _, p := range b.Panels {
		if p.ID == 0 || ids[p.ID] {
			t.Errorf("%s: the id %d is taken, or none", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Title == "" || p.Description == "" || len(p.Targets) == 0 || p.Datasource != ours {
			t.Errorf("panel %d %q lacks a title, a description, a target, or has the source %v", p.ID, p.Title, p.Datasource)
		}
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if target.RefID == "" || refs[target.RefID] || target.Expr == "" || target.Datasource != ours {
				t.Errorf("%s: target %+v", p.Title, target)
			}
			refs[target.RefID] = true
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	taken := map[[2]int]string{}
	for _, p := range readBoard(t).Panels {
		at := p.GridPos
		if at.X < 0 || at.Y < 0 || at.W < 1 || at.H < 1 || at.X+at.W > 24 {
			t.Errorf("%s lies outside: %+v", p.Title, at)
		}
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s lies on %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

// Every query follows the choice of data source, job and instance; every variable has a use.
func TestVariablesAreUsed(t *testing.T) {
	b := readBoard(t)
	types := map[string]string{}
	for _, v := range b.Templating.List {
		types[v.Name] = v.Type
	}
	want := map[string]string{"datasource": "datasource", "job": "query", "instance": "query"}
	if !maps.Equal(types, want) {
		t.Errorf("variables %v, want %v", types, want)
	}
	selector := regexp.MustCompile(`dispatch_events_\w+|(?:go|process)_\w+`)
	for where, expr := range b.expressions() {
		for _, at := range selector.FindAllStringIndex(expr, -1) {
			if !strings.HasPrefix(expr[at[1]:], `{job=~"$job",instance=~"$instance"}`) {
				t.Errorf("%s: %s is not of the chosen job and instance", where, expr[at[0]:at[1]])
			}
		}
		if strings.Contains(expr, "rate(") != strings.Contains(expr, "[$__rate_interval]") {
			t.Errorf("%s: a rate is over $__rate_interval, and nothing else is", where)
		}
	}
}

// named are the metrics that queries name.
func named(queries ...string) []string {
	metric := regexp.MustCompile(`\b(?:dispatch_events|go|process)_[a-z0-9_]+`)
	all := map[string]bool{}
	for _, q := range queries {
		for _, name := range metric.FindAllString(q, -1) {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
