package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// version contains a character that names of images must not have, and a part that is unique to this run.
var version = fmt.Sprintf("1.2.3+test/%d", os.Getpid())

var (
	tagged  = "1.2.3-test-" + fmt.Sprint(os.Getpid())
	subject = "dispatch-events-aws:" + tagged
)

const (
	revision = "0123456789abcdef0123456789abcdef01234567"
	created  = "2026-11-22T05:30:00Z"
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

var (
	folder string // what was built goes here; one for all tests
	build  = sync.OnceValue(func() error { return makeImage("../..", folder) })
)

func runTests(m *testing.M) int {
	var err error
	if folder, err = os.MkdirTemp("", "image-"); err != nil {
		fmt.Println(err)
		return 1
	}
	defer clean()
	return m.Run()
}

func clean() {
	_ = os.RemoveAll(folder)
	_ = exec.Command("docker", "image", "rm", "--force", subject).Run()
}

// dist builds the images once for all tests, and returns the folder with the results.
func dist(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("building an image is left out of short runs")
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// makeImage runs make as a user does, and not as a part of the make that runs these tests.
func makeImage(root, dist string) error {
	cmd := exec.Command("make", "-C", root, "--no-print-directory", "image", "DIST="+dist,
		"VERSION="+version, "REVISION="+revision, "CREATED="+created)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "MAKE") || name == "MFLAGS"
	})
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make image: %w\n%s", err, out)
	}
	return nil
}

// needEngine skips a test if there is no engine that runs programs for this machine.
func needEngine(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}")
	out, err := cmd.CombinedOutput()
	if platform := strings.TrimSpace(string(out)); err != nil || platform != "linux/"+runtime.GOARCH {
		t.Skipf("no container engine runs on this machine: %v: %s", err, platform)
	}
}

// docker runs the engine's command and returns what it printed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := try(t, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try is like docker, for a command that may fail. Only the command gets the environment; --env NAME passes a variable
// on to the container.
func try(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		err = fmt.Errorf("docker %s: %w\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
		return stdout.String(), err
	}
	return strings.TrimSpace(stdout.String()), nil
}

// hardened removes what our containers do not need.
var hardened = []string{"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"}

// bridge listens at an address at which containers on the engine's own network can reach this machine.
func bridge(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", gateway(t)+":0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func gateway(t *testing.T) string {
	t.Helper()
	link, err := net.InterfaceByName("docker0")
	if err != nil {
		t.Skipf("the engine's bridge is not on this machine: %v", err)
	}
	addresses, err := link.Addrs()
	if err != nil || len(addresses) == 0 {
		t.Skipf("the engine's bridge has no address: %v", err)
	}
	ip, _, err := net.ParseCIDR(addresses[0].String())
	if err != nil {
		t.Fatal(err)
	}
	return ip.String()
}

// program returns the path of a program that is in the images.
func program(dist, arch string) string {
	return filepath.Join(dist, "programs", "linux-"+arch, "forwarder")
}
