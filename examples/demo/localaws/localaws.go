// Package localaws starts a local AWS on this machine: moto, with the repairs that Terraform and EventBridge need to
// work as on AWS. It listens on a free loopback port, stores nothing, and ends when the process that started it ends,
// even if that is killed.
package localaws

import (
	"cmp"
	"context"
	"embed"
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

//go:embed *.py repairs/*.py
var scripts embed.FS

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
	folder  string
}

const (
	exitNoMoto   = 3 // local_aws.py's exit code without moto
	startTimeout = time.Minute
	endTimeout   = 5 * time.Second
)

// Start runs the local AWS and returns when it answers. The context limits only the start; Stop ends the local AWS.
func Start(ctx context.Context, o Options) (*Server, error) {
	python, err := exec.LookPath(python())
	if err != nil {
		return nil, fmt.Errorf("%w: python3 is not on the PATH", ErrUnavailable)
	}
	s := &Server{}
	if s.folder, err = os.MkdirTemp("", "local-aws-"); err == nil {
		err = os.CopyFS(s.folder, scripts)
	}
	if err == nil {
		minute := cmp.Or(o.Minute, time.Minute).Seconds()
		arguments := []string{filepath.Join(s.folder, "local_aws.py"), "--until-stdin-closes", "--minute", fmt.Sprint(minute)}
		if o.Calls != "" {
			arguments = append(arguments, "--calls", o.Calls)
		}
		s.process, err = child.Start(child.Options{Name: "the local AWS", Stdin: true, Log: o.Log}, python, arguments...)
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, startTimeout)
		defer cancel()
		s.URL, err = s.process.WaitForLine(ctx, "LOCAL_AWS_URL=")
	}
	if err != nil {
		defer s.Stop()
		if s.process != nil && s.process.HasEnded() && s.process.ExitCode() == exitNoMoto {
			return nil, fmt.Errorf("%w: %s", ErrUnavailable, strings.TrimPrefix(s.process.LastLines(1), "local_aws.py: "))
		}
		return nil, fmt.Errorf("start the local AWS: %w", err)
	}
	return s, nil
}

// Stop ends the local AWS and returns when it has ended. It is safe to call more than once.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.Stop(0, endTimeout) // nothing depends on how it ends
	}
	_ = os.RemoveAll(s.folder)
}

// Env returns the environment variables with which an AWS client uses this AWS.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

// python returns the Python interpreter that the Makefile installs in this repository, otherwise python3 from the PATH.
func python() string {
	dir, _ := os.Getwd()
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		own := filepath.Join(dir, ".tools", "python", "bin", "python3")
		if _, err := os.Stat(own); err == nil {
			return own
		}
	}
	return "python3"
}
