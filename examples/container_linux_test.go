package examples

import (
	"context"
	"net"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// TestComposeUp runs the example as it is, in a container on this machine's own network, where queue and receiver are
// the test's: an event arrives, the container is healthy, ends in order, and leaves nothing.
func TestComposeUp(t *testing.T) {
	p := newProject(t)
	p.image()
	receiver := &sinktest.Receiver{Dialect: sinktest.CloudEvents, Token: token}
	server := httptest.NewServer(receiver)
	defer server.Close()
	queues := queuetest.Start(t)
	dead := queues.Create("dead", queuetest.Queue{})
	q := queues.Create("dispatch", queuetest.Queue{DeadLetter: dead, MaxReceiveCount: 3})
	q.Send(anEvent)
	p.override(object{
		"restart": "no", "network_mode": "host", "healthcheck": object{"interval": "1s"},
		"environment": object{
			"QUEUE_URL":             q.URL,
			"DEAD_LETTER_QUEUE_URL": dead.URL,
			"SINK_URL":              server.URL,
			"AWS_ENDPOINT_URL":      queues.URL,
			"ADMIN_ADDR":            freeAddress(t),
		},
	})
	t.Cleanup(p.down)
	if out, err := p.compose("up", "--detach"); err != nil {
		t.Fatal(err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := q.Wait(ctx, queuetest.Drained); err != nil {
		out, _ := p.compose("logs")
		t.Fatal(err, out)
	}
	id := p.docker("ps", "--quiet", "--filter", "label=com.docker.compose.project="+p.name)
	for state := ""; state != "healthy"; {
		if state = p.docker("inspect", "--format", "{{.State.Health.Status}}", id); ctx.Err() != nil {
			t.Fatalf("it is %s: %s", state, p.docker("inspect", "--format", "{{json .State.Health}}", id))
		}
	}
	const limits = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} " +
		"{{.Config.User}} {{.HostConfig.Memory}}"
	const wanted = "true [ALL] [no-new-privileges:true] 65532:65532 268435456"
	if got := p.docker("inspect", "--format", limits, id); got != wanted {
		t.Errorf("the container is %s", got)
	}
	if out, err := p.compose("stop"); err != nil {
		t.Error(err, out)
	}
	if code := p.docker("inspect", "--format", "{{.State.ExitCode}}", id); code != "0" {
		out, _ := p.compose("logs")
		t.Errorf("it ended with %s: %s", code, out)
	}
	if accepted := receiver.Counts().Distinct; accepted != 1 {
		t.Errorf("%d events arrived", accepted)
	}
}

// image builds what make image builds.
func (p *project) image() {
	p.t.Helper()
	if exec.CommandContext(p.t.Context(), "docker", "info").Run() != nil {
		p.t.Skip("no Docker engine answers: the example was not run")
	}
	folder := p.t.TempDir()
	program := filepath.Join(folder, "forwarder")
	build := exec.CommandContext(p.t.Context(), "go", "build", "-trimpath", "-o", program, "../cmd/forwarder")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
	dockerfile := "FROM scratch\nCOPY forwarder /forwarder\nUSER 65532:65532\nENTRYPOINT [\"/forwarder\"]\n"
	tag := "dispatch-events-aws:" + p.version
	command := exec.CommandContext(p.t.Context(), "docker", "build", "--quiet", "--tag", tag, "--file", "-", folder)
	command.Stdin = strings.NewReader(dockerfile)
	if out, err := command.CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
}

// down takes all away and looks whether anything is left.
func (p *project) down() {
	ended := context.WithoutCancel(p.t.Context())
	for _, all := range [][]string{
		append(p.command, "--project-name", p.name, "down"),
		{"docker", "image", "rm", "--force", "dispatch-events-aws:" + p.version},
	} {
		command := exec.CommandContext(ended, all[0], all[1:]...)
		command.Dir, command.Env = p.folder, append(command.Environ(), "VERSION="+p.version)
		if out, err := command.CombinedOutput(); err != nil {
			p.t.Errorf("%s: %v: %s", all, err, out)
		}
	}
	for _, kind := range []string{"container", "network", "volume"} {
		list := []string{kind, "ls", "--quiet", "--filter", "label=com.docker.compose.project=" + p.name}
		if kind == "container" {
			list = append(list, "--all")
		}
		if out, err := exec.CommandContext(ended, "docker", list...).CombinedOutput(); err != nil || len(out) > 0 {
			p.t.Errorf("%s left: %s %v", kind, out, err)
		}
	}
}

func (p *project) docker(arguments ...string) string {
	p.t.Helper()
	out, err := exec.CommandContext(p.t.Context(), "docker", arguments...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("docker %s: %v: %s", arguments[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

// freeAddress is one that nobody listens at: the health check has to know it beforehand.
func freeAddress(t *testing.T) string {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
