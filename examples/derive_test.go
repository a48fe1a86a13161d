package examples

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "derive the schemas again from the modules that publish them")

const kubernetes = "k8s.io/kubernetes@v1.36.0"

// published says where the description of each kind lies: a module, a file in it, and for Kubernetes' own kinds the
// name in it. A kind's file is named as kubeconform asks for it.
var published = map[string]struct{ module, file, name string }{
	"deployment-apps-v1": {
		kubernetes,
		"api/openapi-spec/v3/apis__apps__v1_openapi.json",
		"io.k8s.api.apps.v1.Deployment",
	},
	"serviceaccount-v1": {
		kubernetes,
		"api/openapi-spec/v3/api__v1_openapi.json",
		"io.k8s.api.core.v1.ServiceAccount",
	},
	"namespace-v1": {
		kubernetes,
		"api/openapi-spec/v3/api__v1_openapi.json",
		"io.k8s.api.core.v1.Namespace",
	},
	"configmap-v1": {
		kubernetes,
		"api/openapi-spec/v3/api__v1_openapi.json",
		"io.k8s.api.core.v1.ConfigMap",
	},
	"poddisruptionbudget-policy-v1": {
		kubernetes,
		"api/openapi-spec/v3/apis__policy__v1_openapi.json",
		"io.k8s.api.policy.v1.PodDisruptionBudget",
	},
	"networkpolicy-networking-v1": {
		kubernetes,
		"api/openapi-spec/v3/apis__networking.k8s.io__v1_openapi.json",
		"io.k8s.api.networking.v1.NetworkPolicy",
	},
	"scaledobject-keda-v1alpha1": {
		"github.com/kedacore/keda/v2@v2.21.0",
		"config/crd/bases/keda.sh_scaledobjects.yaml",
		"",
	},
	"triggerauthentication-keda-v1alpha1": {
		"github.com/kedacore/keda/v2@v2.21.0",
		"config/crd/bases/keda.sh_triggerauthentications.yaml",
		"",
	},
	"podmonitor-monitoring-v1": {
		"github.com/prometheus-operator/prometheus-operator@v0.85.0",
		"example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml", "",
	},
	"broker-eventing-v1":     {"knative.dev/eventing@v0.46.0", "config/core/resources/broker.yaml", ""},
	"trigger-eventing-v1":    {"knative.dev/eventing@v0.46.0", "config/core/resources/trigger.yaml", ""},
	"sinkbinding-sources-v1": {"knative.dev/eventing@v0.46.0", "config/core/resources/sinkbindings.yaml", ""},
	"compose":                {"github.com/compose-spec/compose-go/v2@v2.16.2", "schema/compose-spec.json", ""},
}

type object = map[string]any

// TestDerive writes testdata/schemas again, with -update; otherwise it checks that there is a schema of every kind and
// no other.
func TestDerive(t *testing.T) {
	if *update {
		for kind, from := range published {
			text, err := os.ReadFile(filepath.Join(module(t, from.module), from.file))
			if err != nil {
				t.Fatal(err)
			}
			var document object
			if err := yaml.Unmarshal(text, &document); err != nil {
				t.Fatal(err)
			}
			var small bytes.Buffer
			if err := json.NewEncoder(&small).Encode(derive(kind, from.name, document)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(schemaFile(kind), small.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := filepath.Glob(schemaFile("*"))
	if err != nil || len(files) != len(published) {
		t.Errorf("%d schemas of %d kinds, %v", len(files), len(published), err)
	}
	for kind := range published {
		if !slices.Contains(files, schemaFile(kind)) {
			t.Errorf("no schema of %s: go test ./examples -run Derive -update", kind)
		}
	}
}

func schemaFile(kind string) string { return filepath.Join("testdata", "schemas", kind+".json") }

// module has the Go command bring a module, outside of this one, whose dependencies stay as they are.
func module(t *testing.T, path string) string {
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", path)
	command.Dir = t.TempDir()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found.Dir
}

// derive makes a JSON schema of one kind: only what it refers to, without descriptions, and closed, so that a misspelt
// field fails.
func derive(kind, name string, document object) object {
	components, _ := dig(document, "components", "schemas").(object)
	switch {
	case kind == "compose": // a JSON schema already, and closed
		return plain(document).(object)
	case components == nil:
		return deriveCustom(document)
	}
	definitions := object{}
	var take func(name string)
	take = func(name string) {
		if _, done := definitions[name]; done {
			return
		}
		definitions[name] = object{}
		definitions[name] = closed(components[name], take)
	}
	take(name)
	root, _ := definitions[name].(object)
	fields, _ := root["properties"].(object)
	delete(fields, "status")
	for _, gvk := range dig(components[name].(object), "x-kubernetes-group-version-kind").([]any) {
		version := strings.Trim(fmt.Sprint(dig(gvk, "group"), "/", dig(gvk, "version")), "/")
		identify(root, version, fmt.Sprint(dig(gvk, "kind")))
	}
	return object{"$ref": "#/definitions/" + name, "definitions": definitions}
}

// deriveCustom takes the first stored version of a custom resource.
func deriveCustom(document object) object {
	versions, _ := dig(document, "spec", "versions").([]any)
	at := slices.IndexFunc(versions, func(v any) bool { return dig(v, "storage") == true })
	root := closed(dig(versions[at], "schema", "openAPIV3Schema"), nil).(object)
	fields := root["properties"].(object)
	delete(fields, "status")
	text := object{"type": "object", "additionalProperties": object{"type": "string"}}
	fields["metadata"] = object{
		"type": "object", "additionalProperties": false, "required": []string{"name"},
		"properties": object{
			"name":        object{"type": "string"},
			"namespace":   object{"type": "string"},
			"labels":      text,
			"annotations": text,
		},
	}
	version := fmt.Sprint(dig(document, "spec", "group"), "/", dig(versions[at], "name"))
	identify(root, version, fmt.Sprint(dig(document, "spec", "names", "kind")))
	return root
}

func identify(root object, version, kind string) {
	fields := root["properties"].(object)
	fields["apiVersion"], fields["kind"] = object{"const": version}, object{"const": kind}
	required, _ := root["required"].([]any)
	root["required"] = append(required, "apiVersion", "kind", "metadata")
	root["additionalProperties"] = false
}

// dig goes down into a document; a number is a place in a list. What is not there is nil.
func dig(of any, path ...string) any {
	for _, key := range path {
		switch inner := of.(type) {
		case object:
			of = inner[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(inner) {
				return nil
			}
			of = inner[i]
		default:
			return nil
		}
	}
	return of
}
