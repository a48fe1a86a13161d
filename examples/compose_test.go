package examples

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

const composeFile = "compose/docker-compose.yml"

// TestCompose holds the file against the Compose Specification's schema, which is what Compose 2 reads, and what it
// gives the forwarder against the forwarder.
func TestCompose(t *testing.T) {
	check := composeSchema(t)
	file := readAll(t, composeFile)[0]
	if err := check(file); err != nil {
		t.Error(err)
	}
	service := dig(file, "services", "forwarder").(object)
	for where, want := range map[string]any{
		"read_only":  true,
		"user":       "65532:65532",
		"cap_drop":   []any{"ALL"},
		"privileged": nil,
		"version":    nil,
	} {
		if !reflect.DeepEqual(service[where], want) {
			t.Errorf("%s is %v, not %v", where, service[where], want)
		}
	}
	if health := dig(service, "healthcheck", "test"); !reflect.DeepEqual(health, []any{"CMD", "/forwarder", "--health"}) {
		t.Errorf("health check %v", health)
	}
	w := composeWorkload(t, service)
	s := w.check(t)
	w.run(t, s)
}

func TestComposeMisspelt(t *testing.T) {
	check := composeSchema(t)
	file := readAll(t, composeFile)[0]
	service := dig(file, "services", "forwarder").(object)
	for key, value := range maps.Clone(service) {
		delete(service, key)
		service[key+"x"] = value
		if check(file) == nil {
			t.Errorf("%s is misspelt, and accepted", key)
		}
		delete(service, key+"x")
		service[key] = value
	}
}

func composeSchema(t *testing.T) func(any) error {
	text, err := os.ReadFile(schemaFile("compose"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("compose.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("compose.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(file any) error { return schema.Validate(file) }
}

// composeWorkload reads the two files of variables: the second is the reader's own, and its example holds no values.
func composeWorkload(t *testing.T, service object) *workload {
	if files := dig(service, "env_file"); !reflect.DeepEqual(files, []any{"forwarder.env", "secrets.env"}) {
		t.Fatalf("variables come from %v", files)
	}
	env := envFile(t, "compose/forwarder.env")
	for name, value := range envFile(t, "compose/secrets.env.example") {
		if value != "" {
			t.Errorf("%s is written down", name)
		}
		env[name] = ""
	}
	grace, err := time.ParseDuration(fmt.Sprint(service["stop_grace_period"]))
	if err != nil {
		t.Error(err)
	}
	memory, err := strconv.ParseInt(strings.TrimSuffix(fmt.Sprint(service["mem_limit"]), "m"), 10, 64)
	if err != nil {
		t.Error(err)
	}
	name, _, _ := strings.Cut(fmt.Sprint(service["image"]), "${VERSION")
	return &workload{env: env, image: name + "VERSION", grace: grace, memory: memory << 20, paths: []string{"/livez"}}
}

// envFile reads lines of NAME=value.
func envFile(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found {
			t.Fatalf("%s: %q is no variable", file, line)
		}
		env[name] = value
	}
	return env
}

// project is a copy of the example with its secrets, for Compose itself.
type project struct {
	t       *testing.T
	folder  string
	name    string
	version string
	command []string
}

func newProject(t *testing.T) *project {
	version := "test-" + strconv.Itoa(os.Getpid())
	p := &project{t: t, folder: t.TempDir(), version: version, command: []string{"docker-compose"}}
	p.name = "forwarder-" + p.version
	if _, err := exec.LookPath("docker-compose"); err != nil {
		p.command = []string{"docker", "compose"}
		if exec.CommandContext(t.Context(), "docker", "compose", "version").Run() != nil {
			t.Skip("Compose is not here: the example was held against the schema alone")
		}
	}
	if err := os.CopyFS(p.folder, os.DirFS("compose")); err != nil {
		t.Fatal(err)
	}
	secrets := "AWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=secret\nSINK_TOKEN=" + token + "\n"
	if err := os.WriteFile(filepath.Join(p.folder, "secrets.env"), []byte(secrets), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// override writes the file that Compose lays over the example's.
func (p *project) override(service object) {
	text, err := yaml.Marshal(object{"services": object{"forwarder": service}})
	if err == nil {
		err = os.WriteFile(filepath.Join(p.folder, "docker-compose.override.yml"), text, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) compose(arguments ...string) (string, error) {
	all := slices.Concat(p.command, []string{"--project-name", p.name}, arguments)
	command := exec.CommandContext(p.t.Context(), all[0], all[1:]...)
	command.Dir, command.Env = p.folder, append(os.Environ(), "VERSION="+p.version)
	out, err := command.CombinedOutput()
	return string(out), err
}

// TestComposeReadsIt has Compose itself read the file; without a tag for the image it says what is missing.
func TestComposeReadsIt(t *testing.T) {
	p := newProject(t)
	if out, err := p.compose("config", "--quiet"); err != nil {
		t.Error(err, out)
	}
	p.version = ""
	out, err := p.compose("config", "--quiet")
	if e := new(exec.ExitError); !errors.As(err, &e) || !strings.Contains(out, "the tag that make image gave the image") {
		t.Errorf("without VERSION: %v %s", err, out)
	}
}
