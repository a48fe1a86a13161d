package stack

import (
	"os"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// environment is what Terraform is run with: the person's own environment, without what would steer Terraform past this
// program (TF_VAR_*, TF_CLI_ARGS, TF_WORKSPACE).
func environment(environ []string, data string) map[string]string {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	env = tfexec.CleanEnv(env)
	if file, set := env["TF_CLI_CONFIG_FILE"]; set {
		if _, err := os.Stat(file); err != nil {
			delete(env, "TF_CLI_CONFIG_FILE") // Terraform would warn of it in five lines, at every call
		}
	}
	env["TF_DATA_DIR"] = data // outside of the modules, which are replaced at every run
	env["CHECKPOINT_DISABLE"] = "1"
	return env
}
