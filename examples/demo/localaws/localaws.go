// Package localaws starts a local AWS for a test: moto, with the repairs that Terraform and EventBridge need to work as
// on AWS. It listens on a free loopback port, stores nothing, and ends when the process that started it ends, even if
// that is killed. It runs the scripts of this folder, so it works only in a copy of the repository, without -trimpath.
package localaws

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

const (
	exitNoMoto   = 3 // local_aws.py's exit code without moto
	startTimeout = time.Minute
	endTimeout   = 5 * time.Second
)

// Test starts a local AWS with arguments of local_aws.py, returns its URL, and ends it when the test ends. The test's
// output names events that could not be put into a queue. Without Python or moto, the test is skipped with that reason.
func Test(t testing.TB, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the local AWS is left out of short runs")
	}
	_, file, _, _ := runtime.Caller(0)
	folder := filepath.Dir(file)
	python := filepath.Join(folder, "../../../.tools/python/bin/python3") // the Makefile installs it
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	return start(t, python, append([]string{folder + "/local_aws.py"}, args...)...)
}

// start is Test with the Python to use and all arguments.
func start(t testing.TB, python string, args ...string) string {
	t.Helper()
	options := child.Options{Name: "the local AWS", Stdin: true, Log: t.Output()}
	process, err := child.Start(options, python, append(args, "--until-stdin-closes")...)
	if err != nil {
		t.Skip("the local AWS is not available:", err)
	}
	t.Cleanup(func() { _ = process.Stop(0, endTimeout) }) // nothing depends on how it ends
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	url, err := process.WaitForLine(ctx, "LOCAL_AWS_URL=")
	if process.HasEnded() && process.Command.ProcessState.ExitCode() == exitNoMoto {
		t.Skip("the local AWS is not available:", strings.TrimPrefix(process.LastLines(1), "local_aws.py: "))
	}
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// Env returns the environment variables with which an AWS client uses the local AWS at a URL.
func Env(url string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + url,
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}
