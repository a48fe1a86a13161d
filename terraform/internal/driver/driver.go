// Package driver prepares Terraform or OpenTofu for the package stack: it finds the program and a mirror of the
// provider, gives it an environment of its own, reads its messages, and lets it stop cleanly. It makes no requests to
// AWS.
package driver

import (
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// Graceful is how long the program may take to stop cleanly after an interrupt. If it were killed earlier, it would
// lose what it was about to record.
const Graceful = 5 * time.Minute

// Open prepares a program to run in the folder of the root module, and does not run it. The folder data, outside of the
// modules, is for the program's own data. If TF_LOG is set, the program writes its log to logFile, or to
// TF_LOG_PATH if that is set; Open returns the path as logged.
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
	logged, err = passLog(tf, logFile)
	return tf, logged, err
}
