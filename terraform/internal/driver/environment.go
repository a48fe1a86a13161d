package driver

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// environment returns the environment variables for the program: those of the user, without the ones that would change
// what this package makes it do (TF_VAR_*, TF_CLI_ARGS, TF_WORKSPACE).
func environment(environ []string, data string) map[string]string {
	env := tfexec.CleanEnv(environMap(environ))
	if file, set := env["TF_CLI_CONFIG_FILE"]; set {
		if _, err := os.Stat(file); err != nil {
			delete(env, "TF_CLI_CONFIG_FILE") // Terraform would print a warning of five lines at every call
		}
	}
	env["TF_DATA_DIR"] = data // outside of the modules, because these are replaced at every run
	env["CHECKPOINT_DISABLE"] = "1"
	return env
}

func environMap(environ []string) map[string]string {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}

// passLog makes Terraform log what the user's TF_LOG asks for: terraform-exec does not pass these variables on, and
// must be given their values. The log is written to TF_LOG_PATH, or else to file, because standard error is parsed.
func passLog(tf *tfexec.Terraform, file string) (path string, err error) {
	all, core, provider := os.Getenv("TF_LOG"), os.Getenv("TF_LOG_CORE"), os.Getenv("TF_LOG_PROVIDER")
	if all+core+provider == "" {
		return "", nil
	}
	path, err = filepath.Abs(cmp.Or(os.Getenv("TF_LOG_PATH"), file))
	err = errors.Join(err, tf.SetLog(all), tf.SetLogCore(core), tf.SetLogProvider(provider), tf.SetLogPath(path))
	if err != nil {
		return "", fmt.Errorf("pass on TF_LOG: %w", err)
	}
	return path, nil
}

// usualAttempts is how often the provider tries a call that AWS refuses because of a rate or a quota: for about a
// minute. Its default, 25 attempts, takes ten minutes or more, during which the user does not see what AWS refuses.
const usualAttempts = 6

// Attempts returns the user's AWS_MAX_ATTEMPTS, or else usualAttempts. The provider does not read that variable, so the
// number is set in its provider block.
func Attempts() int {
	if n, err := strconv.Atoi(os.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
		return n
	}
	return usualAttempts
}
