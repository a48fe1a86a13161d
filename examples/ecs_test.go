package examples

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// container is the part of ECS's container definition that this project decides on.
type container struct {
	Image, User                        string
	Privileged, ReadonlyRootFilesystem bool
	StopTimeout                        int64
	Environment                        []struct{ Name, Value string }
	Secrets                            []struct{ Name, ValueFrom string }
	HealthCheck                        struct{ Command []string }
	LinuxParameters                    struct {
		Capabilities struct{ Drop []string }
	}
}

// TestECS runs Terraform's own tests of the example and holds what they plan against the forwarder.
func TestECS(t *testing.T) {
	plans := terraformTest(t, "ecs")
	for run, wantSecrets := range map[string][]struct{ Name, ValueFrom string }{
		"service":                  {},
		"token_in_secrets_manager": {{"SINK_TOKEN", "arn:aws:secretsmanager:us-west-2:123456789012:secret:receiver-AbCdEf"}},
	} {
		t.Run(run, func(t *testing.T) {
			task := plans[run]
			if task == nil {
				t.Fatal("not planned")
			}
			var all []container
			if err := json.Unmarshal([]byte(task["container_definitions"].(string)), &all); err != nil || len(all) != 1 {
				t.Fatalf("%d containers, %v", len(all), err)
			}
			c := all[0]
			dropsAll := reflect.DeepEqual(c.LinuxParameters.Capabilities.Drop, []string{"ALL"})
			if c.User != "65532:65532" || c.Privileged || !c.ReadonlyRootFilesystem || !dropsAll {
				t.Errorf("the container may more than it needs: %+v", c)
			}
			if !reflect.DeepEqual(c.HealthCheck.Command, []string{"CMD", "/forwarder", "--health"}) {
				t.Errorf("health check %v", c.HealthCheck.Command)
			}
			if !reflect.DeepEqual(c.Secrets, wantSecrets) {
				t.Errorf("secrets %v", c.Secrets)
			}
			w := c.workload(t, task["memory"].(string))
			w.run(t, w.check(t))
		})
	}
}

func (c *container) workload(t *testing.T, memory string) *workload {
	w := &workload{
		env: map[string]string{}, image: c.Image, grace: time.Duration(c.StopTimeout) * time.Second,
		memory: mebibytes(t, memory+"Mi"), paths: []string{"/livez"}, // --health asks for it
	}
	for _, variable := range c.Environment {
		w.env[variable.Name] = variable.Value
	}
	return w
}

// terraformTest checks a root module without an account or a network, in a copy, and returns the task definition that
// each run plans.
func terraformTest(t *testing.T, folder string) map[string]object {
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not here: the example was not checked")
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"init", "-backend=false", "-input=false", "-no-color"}
	if mirror := providerMirror(); mirror != "" {
		arguments = append(arguments, "-plugin-dir="+mirror)
	}
	runTerraform(t, copied, arguments...)
	return planned(t, runTerraform(t, copied, "test", "-json", "-verbose"))
}

// providerMirror is where terraform/test.sh looks, too.
func providerMirror() string {
	if named := os.Getenv("PLUGIN_DIR"); named != "" {
		return named
	}
	if found, _ := filepath.Glob("/opt/*/*/hashicorp/aws"); len(found) > 0 {
		return filepath.Dir(filepath.Dir(filepath.Dir(found[0])))
	}
	return ""
}

func runTerraform(t *testing.T, folder string, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), "terraform", arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "AWS_EC2_METADATA_DISABLED=true", "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if e := new(exec.ExitError); errors.As(err, &e) {
		t.Fatalf("terraform %s: %v\n%s%s", arguments[0], err, problems(out), said.Bytes())
	} else if err != nil {
		t.Fatal(err)
	}
	return out
}

// planned reads the plans out of what terraform test -json -verbose says.
func planned(t *testing.T, said []byte) map[string]object {
	tasks := map[string]object{}
	lines := bufio.NewScanner(bytes.NewReader(said))
	lines.Buffer(nil, len(said)+1)
	for lines.Scan() {
		var line struct {
			Run  string `json:"@testrun"`
			Plan struct {
				Changes []struct {
					Address string
					Change  struct{ After object }
				} `json:"resource_changes"`
			} `json:"test_plan"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		for _, changed := range line.Plan.Changes {
			if strings.HasPrefix(changed.Address, "aws_ecs_task_definition.") {
				tasks[line.Run] = changed.Change.After
			}
		}
	}
	return tasks
}

// problems are the diagnostics among JSON lines; other output is returned as it is.
func problems(out []byte) string {
	var all strings.Builder
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "{") || strings.Contains(line, `"@level":"error"`) {
			all.WriteString(line)
		}
	}
	return all.String()
}
