package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
)

// TestStack runs plan and status, with the Terraform and the provider in the image. The commands up and down are tested
// in cmd/stack; here they would take minutes more and show nothing new about the image.
func TestStack(t *testing.T) {
	needEngine(t)
	dist(t, "image-stack")
	aws := localaws.Test(t, localaws.Options{})
	volume := docker(t, "volume", "create")
	t.Cleanup(func() { docker(t, "volume", "rm", "--force", volume) })
	command := slices.Concat(
		[]string{"run", "--rm", "--network", "host", "--tmpfs", "/tmp", "--volume", volume + ":/state"},
		hardened,
	)
	for _, entry := range aws.Env() {
		command = append(command, "--env", entry)
	}
	command = append(command, "dispatch-events-aws-stack:"+tagged)
	out, err := try(t, nil, append(command, "plan", `--patterns=[{"source":["aws.ec2"]}]`)...)
	if err != nil || !strings.Contains(out, "5 to add, 0 to change, 0 to destroy.") {
		t.Errorf("plan: %v\n%s", err, out)
	}
	out, err = try(t, nil, append(command, "status")...)
	if err == nil || !strings.Contains(err.Error(), "no record of such a stack") {
		t.Errorf("status of a stack that is not there: %v\n%s", err, out)
	}
}
