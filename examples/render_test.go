package examples

import (
	"errors"
	"os/exec"
	"testing"
)

// render is what kubectl would apply. Kustomize refuses fields that it does not know, too.
func render(t *testing.T, folder string) []object {
	t.Helper()
	command := exec.CommandContext(t.Context(), "kubectl", "kustomize", folder)
	if errors.Is(command.Err, exec.ErrNotFound) {
		command = exec.CommandContext(t.Context(), "kustomize", "build", folder)
	}
	if errors.Is(command.Err, exec.ErrNotFound) {
		t.Skip("neither kubectl nor kustomize is here: the example was checked file by file, not as a whole")
	}
	out, err := command.Output()
	if e := new(exec.ExitError); errors.As(err, &e) {
		t.Fatalf("%s: %s", folder, e.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return documents(t, out)
}

// resource finds the one of a kind.
func resource(t *testing.T, all []object, kind string) object {
	t.Helper()
	for _, r := range all {
		if r["kind"] == kind {
			return r
		}
	}
	t.Fatalf("no %s", kind)
	return nil
}
