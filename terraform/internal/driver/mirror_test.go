package driver

import (
	"path/filepath"
	"runtime"
	"testing"
)

var (
	aTerraform = Program{Name: "Terraform"}
	anOpenTofu = Program{Name: "OpenTofu"}
)

// TestMirrorIsFound checks that each program finds only providers below its own registry.
func TestMirrorIsFound(t *testing.T) {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, c := range []struct{ program, other Program }{{aTerraform, anOpenTofu}, {anOpenTofu, aTerraform}} {
		system := t.TempDir()
		want := func(mirror, when string) {
			t.Helper()
			if got := c.program.findMirror(system); got != mirror {
				t.Errorf("%s, %s: %q, want %q", c.program.Name, when, got, mirror)
			}
		}
		registry := filepath.Join(registries[c.program.Name], "hashicorp", "aws")
		want("", "none is there")
		put(t, filepath.Join(system, "unrelated", "file"), "")
		put(t, filepath.Join(system, "a", registry, "5.100.0", "plan9_mips", "p"), "")
		want("", "none for this machine")
		put(t, filepath.Join(system, "b", registries[c.other.Name], "hashicorp", "aws", "5.100.0", platform, "p"), "")
		want("", "the other's alone")
		put(t, filepath.Join(system, "mirror", registry, "5.100.0", platform, "p"), "")
		want(filepath.Join(system, "mirror"), "unpacked")
		packed := t.TempDir()
		put(t, filepath.Join(packed, "m", registry, "terraform-provider-aws_5.100.0_"+platform+".zip"), "")
		if got := c.program.findMirror(packed); got != filepath.Join(packed, "m") {
			t.Errorf("an archive: %q", got)
		}
	}
}

func TestOwnConfigurationWins(t *testing.T) {
	for name, test := range map[string]struct {
		file, text string
		wins       bool
	}{
		"named":                  {"named", "", true},
		"usual":                  {".terraformrc", "provider_installation {}", true},
		"usual, of other things": {".terraformrc", "credentials \"x\" {}", false},
		"OpenTofu has its own":   {".tofurc", "provider_installation {}", true},
		"none":                   {"other", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("HOME", home)
			t.Setenv("TF_CLI_CONFIG_FILE", "")
			file := filepath.Join(home, test.file)
			put(t, file, test.text)
			if test.file == "named" {
				t.Setenv("TF_CLI_CONFIG_FILE", file)
			}
			if got := configuresProviders(); got != test.wins {
				t.Errorf("wins: %v", got)
			}
		})
	}
}
