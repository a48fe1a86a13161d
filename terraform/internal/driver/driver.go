// Package driver prepares Terraform or OpenTofu for the package stack: it finds the program and a mirror of the
// provider, gives it an environment of its own, and lets it stop cleanly. It makes no requests to AWS.
package driver

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// Graceful is how long the program may take to stop cleanly after an interrupt. If it were killed earlier, it would
// lose what it was about to record.
const Graceful = 5 * time.Minute

// Open prepares a program to run in the folder of the root module, and does not run it. The folder data, outside of the
// modules, is for the program's own data. If TF_LOG is set, the program writes its log to TF_LOG_PATH or else to
// logFile, because its standard error is parsed; Open returns that path as logged.
func Open(p Program, modules, data, logFile string) (tf *tfexec.Terraform, logged string, err error) {
	env := environment(os.Environ(), data)
	tf, err = tfexec.NewTerraform(modules, inGroup(p.Path, env))
	if err == nil {
		err = tf.SetEnv(env)
	}
	if err != nil {
		return nil, "", fmt.Errorf("prepare %s: %w", p.Name, err)
	}
	_ = tf.SetWaitDelay(Graceful) // never fails on a system where a process can be interrupted
	// terraform-exec does not pass these variables on, and must be given their values.
	all, core, provider := os.Getenv("TF_LOG"), os.Getenv("TF_LOG_CORE"), os.Getenv("TF_LOG_PROVIDER")
	if all+core+provider == "" {
		return tf, "", nil
	}
	logged, err = filepath.Abs(cmp.Or(os.Getenv("TF_LOG_PATH"), logFile))
	err = errors.Join(err, tf.SetLog(all), tf.SetLogCore(core), tf.SetLogProvider(provider), tf.SetLogPath(logged))
	if err != nil {
		return nil, "", fmt.Errorf("pass on TF_LOG: %w", err)
	}
	return tf, logged, nil
}

// environment returns the environment variables for the program: those of the user, without the ones that would change
// what this package makes it do (TF_VAR_*, TF_CLI_ARGS, TF_WORKSPACE).
func environment(environ []string, data string) map[string]string {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	env = tfexec.CleanEnv(env)
	if file, set := env["TF_CLI_CONFIG_FILE"]; set {
		if _, err := os.Stat(file); err != nil {
			delete(env, "TF_CLI_CONFIG_FILE") // Terraform would print a warning of five lines at every call
		}
	}
	env["TF_DATA_DIR"] = data // outside of the modules, because these are replaced at every run
	env["CHECKPOINT_DISABLE"] = "1"
	return env
}
