//go:build unix

package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTerraformHasItsOwnGroup starts it as terraform-exec does where it makes no group: there, a Ctrl-C at the terminal
// would reach Terraform twice.
func TestTerraformHasItsOwnGroup(t *testing.T) {
	was := ownGroup
	t.Cleanup(func() { ownGroup = was })
	script := filepath.Join(t.TempDir(), "terraform")
	put(t, script, "#!/bin/sh\necho \"$@\" $$ $(ps -o pgid= -p $$) \"$"+becomes+"\"\n")
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, ownGroup = range []bool{true, false} {
		env := environMap(os.Environ())
		c := exec.CommandContext(t.Context(), inGroup(script, env), "plan", "-json")
		for name, value := range env {
			c.Env = append(c.Env, name+"="+value)
		}
		out, err := c.CombinedOutput()
		said := strings.Fields(string(out))
		if err != nil || len(said) != 4 || said[0] != "plan" || said[1] != "-json" {
			t.Fatalf("started with %q: %v", out, err)
		}
		if leads := said[2] == said[3]; leads != ownGroup {
			t.Errorf("process %s is in the group %s", said[2], said[3])
		}
	}
}
