// Package localaws starts AWS on this machine: moto, with the repairs that Terraform and EventBridge need to work as on
// AWS. It listens on a free loopback port, keeps nothing, and ends with the process that started it, however that ends.
package localaws

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed *.py repairs/*.py
var scripts embed.FS

// ErrUnavailable is in the error of Start when Python or moto cannot be had on this machine.
var ErrUnavailable = errors.New("the local AWS is not available")

// Options change how AWS behaves; the zero value is AWS as it is.
type Options struct {
	// Minute is how long a minute of a rate() schedule takes; 0 is a minute.
	Minute time.Duration
	// DeletedQueue is how long a deleted queue's name is refused: 60 s on AWS, here only when asked for.
	DeletedQueue time.Duration
	// Calls is a file that gets a line of JSON for each permission that a call takes: action, resource and key as IAM sees
	// them; none by default.
	Calls string
	// Log gets what it says of deliveries that failed; nil is nowhere.
	Log io.Writer
}

// Server is a running local AWS.
type Server struct {
	// URL is for AWS_ENDPOINT_URL.
	URL string

	cmd    *exec.Cmd
	stdin  io.Closer
	folder string
	ended  chan struct{}
	said   tail
}

const (
	ready        = "LOCAL_AWS_URL="
	exitNoMoto   = 3               // local_aws.py's code for it
	startTimeout = 3 * time.Minute // pip may have to fetch moto first
	endTimeout   = 5 * time.Second
)

// Start runs the local AWS and returns when it answers. The context bounds the start alone; Stop ends it.
func Start(ctx context.Context, o Options) (*Server, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return nil, fmt.Errorf("%w: python3 is not on the PATH", ErrUnavailable)
	}
	folder, err := os.MkdirTemp("", "local-aws-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the local AWS: %w", err)
	}
	s := &Server{folder: folder, ended: make(chan struct{})}
	if err := s.start(ctx, python, o); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, python string, o Options) error {
	if err := os.CopyFS(s.folder, scripts); err != nil {
		return fmt.Errorf("unpack the local AWS: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s.cmd = exec.Command(python, o.arguments(s.folder)...)  //nolint:noctx // it outlives the start; Stop ends it
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for its parent, which still needs it
	s.cmd.Stderr = &s.said
	if o.Log != nil {
		s.cmd.Stderr = io.MultiWriter(&s.said, o.Log)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start the local AWS: %w", err)
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return fmt.Errorf("start the local AWS: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the local AWS: %w", err)
	}
	line := make(chan string, 1)
	go s.follow(stdout, line)
	select {
	case s.URL = <-line:
	case <-ctx.Done():
		return fmt.Errorf("start the local AWS: %w", ctx.Err())
	}
	if s.URL == "" {
		return s.failed()
	}
	return nil
}

// follow hands over the address, or nothing when there is none, and waits for the end.
func (s *Server) follow(stdout io.Reader, line chan<- string) {
	url := ""
	in := bufio.NewScanner(stdout)
	for url == "" && in.Scan() {
		url, _ = strings.CutPrefix(in.Text(), ready)
		if url == in.Text() {
			url = ""
		}
	}
	if url != "" {
		line <- url
	}
	_, _ = io.Copy(io.Discard, stdout)
	_ = s.cmd.Wait() // how it ended is asked of the process state
	close(s.ended)
	close(line)
}

func (s *Server) failed() error {
	why := strings.TrimPrefix(s.said.last(), "local_aws.py: ")
	if s.cmd.ProcessState.ExitCode() == exitNoMoto {
		return fmt.Errorf("%w: %s", ErrUnavailable, why)
	}
	return fmt.Errorf("start the local AWS: %s: %s", s.cmd.ProcessState, why)
}

// Stop ends the local AWS and returns when it has ended. It is safe to call more than once.
func (s *Server) Stop() {
	defer func() { _ = os.RemoveAll(s.folder) }()
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.stdin.Close() // which it takes for the sign to end
	select {
	case <-s.ended:
	case <-time.After(endTimeout):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}

// Env is what an AWS client's environment needs to use this AWS.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

func (o Options) arguments(folder string) []string {
	minute := o.Minute
	if minute == 0 {
		minute = time.Minute
	}
	arguments := []string{
		filepath.Join(folder, "local_aws.py"),
		"--until-stdin-closes",
		"--install", installFolder(),
		"--minute", fmt.Sprint(minute.Seconds()),
		"--deleted-queue-seconds", fmt.Sprint(o.DeletedQueue.Seconds()),
	}
	if o.Calls != "" {
		arguments = append(arguments, "--calls", o.Calls)
	}
	return arguments
}
