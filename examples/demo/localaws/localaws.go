// Package localaws starts a local AWS on this machine: moto, with the repairs that Terraform and EventBridge need to
// work as on AWS. It listens on a free loopback port, stores nothing, and ends when the process that started it ends,
// even if that is killed. It runs the scripts of this folder, so it works only within a copy of the repository.
package localaws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// ErrUnavailable is in the error of Start if Python or moto is not installed on this machine.
var ErrUnavailable = errors.New("the local AWS is not available")

// Options change how the local AWS behaves; the zero value changes nothing.
type Options struct {
	// Minute is how long a minute of a rate() schedule takes; 0 is a minute.
	Minute time.Duration
	// Calls names a file that gets a line of JSON for each permission that a call needs: action, resource and key as
	// IAM sees them. By default there is none.
	Calls string
	// Log gets a line for each failed delivery; if nil, nothing is logged.
	Log io.Writer
}

// Server is a running local AWS.
type Server struct {
	URL string // for AWS_ENDPOINT_URL

	process *child.Process
}

const (
	exitNoMoto   = 3 // local_aws.py's exit code without moto
	startTimeout = time.Minute
	endTimeout   = 5 * time.Second
)

// Start runs the local AWS and returns when it answers. The context limits only the start; Stop ends the local AWS.
func Start(ctx context.Context, o Options) (*Server, error) {
	top := repository()
	python, err := exec.LookPath(filepath.Join(top, ".tools/python/bin/python3")) // the Makefile installs it
	if err != nil {
		python, err = exec.LookPath("python3")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: python3 is not on the PATH", ErrUnavailable)
	}
	script := filepath.Join(top, "examples/demo/localaws/local_aws.py")
	minute := cmp.Or(o.Minute, time.Minute).Seconds()
	arguments := []string{script, "--until-stdin-closes", "--minute", fmt.Sprint(minute)}
	if o.Calls != "" {
		arguments = append(arguments, "--calls", o.Calls)
	}
	process, err := child.Start(child.Options{Name: "the local AWS", Stdin: true, Log: o.Log}, python, arguments...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the local AWS
	}
	s := &Server{process: process}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if s.URL, err = process.WaitForLine(ctx, "LOCAL_AWS_URL="); err == nil {
		return s, nil
	}
	defer s.Stop()
	if process.HasEnded() && process.ExitCode() == exitNoMoto {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, strings.TrimPrefix(process.LastLines(1), "local_aws.py: "))
	}
	return nil, fmt.Errorf("start the local AWS: %w", err)
}

// Stop ends the local AWS and returns when it has ended. It is safe to call more than once.
func (s *Server) Stop() { _ = s.process.Stop(0, endTimeout) } // nothing depends on how it ends

// Env returns the environment variables with which an AWS client uses this AWS.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

// repository returns the top of the repository that contains the working directory, or the root of the file system.
func repository() string {
	dir, _ := os.Getwd()
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}
