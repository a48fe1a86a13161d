package terraform_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/terraform"
)

// TestMain runs what may run side by side so, even on two processors: what takes the time is that Terraform's provider
// waits, half a minute for each queue and a minute for each bucket.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// root is a folder with a configuration that is applied to a local AWS, which the environment names.
type root struct {
	t      *testing.T
	folder string
	env    []string // beside this process's own
	steps  []string // of the last apply, as they begin and end: "start delete ADDRESS", "complete create ADDRESS"
}

// newRoot writes out the tree as it is.
func newRoot(t *testing.T, awsURL string) *root {
	t.Helper()
	needsTerraform(t)
	r := &root{t: t, folder: t.TempDir(), env: append(localaws.Env(awsURL), "AWS_REGION=us-west-2")}
	r.write()
	return r
}

func needsTerraform(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not on the PATH")
	}
}

func (r *root) write() {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.folder, "modules")); err != nil {
		r.t.Fatal(err)
	}
	old, err := filepath.Glob(filepath.Join(r.folder, "*.tf"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, name := range old {
		_ = os.Remove(name)
	}
	if err := os.CopyFS(r.folder, terraform.Files); err != nil {
		r.t.Fatal(err)
	}
	r.init()
}

func (r *root) init() {
	r.t.Helper()
	args := []string{"init", "-input=false"}
	for _, mirror := range mirrors() {
		args = append(args, "-plugin-dir="+mirror)
	}
	r.run(args...)
}

// mirrors are folders of /opt that hold the provider. Terraform looks into its implied directories by itself.
func mirrors() []string {
	if dir := os.Getenv("PLUGIN_DIR"); dir != "" {
		return []string{dir}
	}
	found, _ := filepath.Glob("/opt/*/*/hashicorp/aws/*/" + runtime.GOOS + "_" + runtime.GOARCH)
	var folders []string
	for _, provider := range found {
		folders = append(folders, filepath.Join("/opt", strings.Split(provider, "/")[2]))
	}
	return slices.Compact(folders)
}

// run runs Terraform and returns what it says on standard output.
func (r *root) run(args ...string) string {
	r.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(r.t.Context(), "terraform", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.folder, &out, &errs
	plain := []string{"TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=", "TF_CLI_ARGS=", "TF_DATA_DIR="}
	cmd.Env = slices.Concat(os.Environ(), r.env, plain, []string{"GOGC=400"}) // see test.sh
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("terraform %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// variables are those of the next plan.
func (r *root) variables(v map[string]any) {
	r.t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(filepath.Join(r.folder, "terraform.tfvars.json"), text, 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// apply applies the configuration, and returns what it changed by address.
func (r *root) apply() map[string]string {
	r.t.Helper()
	return r.changes("apply", "-auto-approve")
}

// plan returns what an apply would change.
func (r *root) plan() map[string]string {
	r.t.Helper()
	return r.changes("plan")
}

func (r *root) changes(args ...string) map[string]string {
	r.t.Helper()
	changes := map[string]string{}
	r.steps = nil
	for line := range strings.Lines(r.run(append(args, "-input=false", "-json")...)) {
		var said struct {
			Type string
			Hook struct {
				Action   string
				Resource struct{ Addr string }
			}
			Change struct {
				Action   string
				Resource struct{ Addr string }
			}
		}
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			r.t.Fatal(err)
		}
		if phase, ok := strings.CutPrefix(said.Type, "apply_"); ok {
			r.steps = append(r.steps, phase+" "+said.Hook.Action+" "+said.Hook.Resource.Addr)
		}
		if said.Type == "planned_change" {
			changes[said.Change.Resource.Addr] = said.Change.Action
		}
	}
	return changes
}
