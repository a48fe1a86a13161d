package examples

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/yaml"
)

// TestManifests holds every resource against the schema of its kind, as it is written and as kustomize renders it.
func TestManifests(t *testing.T) {
	check := newValidator(t)
	for _, folder := range []string{"kubernetes", "knative"} {
		for _, file := range manifests(t, folder) {
			for _, resource := range readAll(t, file) {
				if err := check(resource); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
		t.Run(folder, func(t *testing.T) {
			for _, resource := range render(t, folder) {
				if err := check(resource); err != nil {
					t.Errorf("%s, rendered: %v", folder, err)
				}
			}
		})
	}
}

// TestMisspelt misspells each field of each resource, one at a time: all are refused.
func TestMisspelt(t *testing.T) {
	check := newValidator(t)
	tried := 0
	for _, file := range append(manifests(t, "kubernetes"), manifests(t, "knative")...) {
		for _, resource := range readAll(t, file) {
			misspell(resource, nil, func(path []string) {
				if tried++; check(resource) == nil {
					t.Errorf("%s: %s is misspelt, and accepted", file, strings.Join(path, "."))
				}
			})
		}
	}
	if tried < 150 {
		t.Errorf("only %d fields were misspelt", tried)
	}
}

// TestListed checks that no file of a folder is forgotten in its kustomization.
func TestListed(t *testing.T) {
	for _, folder := range []string{"kubernetes", "knative"} {
		text, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
		for _, file := range files {
			if name := filepath.Base(file); name != "kustomization.yaml" && !strings.Contains(string(text), name+"\n") {
				t.Errorf("%s is not in the kustomization", file)
			}
		}
	}
}

// newValidator is kubeconform over the vendored schemas; it asks no network.
func newValidator(t *testing.T) func(object) error {
	location := filepath.Join("testdata", "schemas", "{{ .ResourceKind }}{{ .KindSuffix }}.json")
	v, err := validator.New([]string{location}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return func(resource object) error {
		text, err := yaml.Marshal(resource)
		if err != nil {
			return err
		}
		for _, result := range v.Validate("", io.NopCloser(bytes.NewReader(text))) {
			if result.Status != validator.Valid {
				return fmt.Errorf("%v %v: %w", dig(resource, "kind"), dig(resource, "metadata", "name"), result.Err)
			}
		}
		return nil
	}
}

// free are the fields whose own fields have names of the user's choice.
var free = []string{"labels", "annotations", "matchLabels", "attributes", "requests", "limits"}

func misspell(of any, path []string, try func(path []string)) {
	switch inner := of.(type) {
	case object:
		var keys []string
		for key := range inner {
			keys = append(keys, key)
		}
		for _, key := range keys {
			value := inner[key]
			here := append(slices.Clone(path), key)
			if at := len(path) - 1; at < 0 || !slices.Contains(free, path[at]) && !isTrigger(path) {
				delete(inner, key)
				inner[key+"x"] = value
				try(here)
				delete(inner, key+"x")
				inner[key] = value
			}
			misspell(value, here, try)
		}
	case []any:
		for _, value := range inner {
			misspell(value, append(slices.Clone(path), "[]"), try)
		}
	}
}

// isTrigger tells the metadata of KEDA's triggers, whose names TestScaling knows.
func isTrigger(path []string) bool {
	return strings.HasSuffix(strings.Join(path, "."), "triggers.[].metadata")
}

// manifests are the files of whole resources.
func manifests(t *testing.T, folder string) []string {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no manifests: %v", folder, err)
	}
	return slices.DeleteFunc(files, func(file string) bool {
		return strings.HasSuffix(file, "-patch.yaml") || filepath.Base(file) == "kustomization.yaml"
	})
}

func readAll(t *testing.T, file string) []object {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return documents(t, text)
}

func documents(t *testing.T, text []byte) []object {
	var all []object
	for part := range strings.SplitSeq(string(text), "\n---\n") {
		var one object
		if err := yaml.UnmarshalStrict([]byte(part), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}
