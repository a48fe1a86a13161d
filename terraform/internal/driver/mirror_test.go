package driver

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

var (
	aTerraform = Program{Name: terraformName}
	anOpenTofu = Program{Name: openTofuName}
)

// TestMirrorIsFound has each program take only what is below its own registry.
func TestMirrorIsFound(t *testing.T) {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, c := range []struct{ program, other Program }{{aTerraform, anOpenTofu}, {anOpenTofu, aTerraform}} {
		home, system := t.TempDir(), t.TempDir()
		env := map[string]string{}
		want := func(mirror, when string) {
			t.Helper()
			if got := c.program.findMirror(home, env, system); got != mirror {
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
		put(t, filepath.Join(home, ".terraform.d", "plugins", registry, "terraform-provider-aws_5.100.0_"+platform+".zip"),
			"")
		want("", "the program finds one by itself")
	}
}

func TestOwnConfigurationWins(t *testing.T) {
	home := t.TempDir()
	for name, test := range map[string]struct {
		program    Program
		file, text string
		wins       bool
	}{
		"named":                   {aTerraform, "named", "", true},
		"usual":                   {aTerraform, ".terraformrc", "provider_installation {}", true},
		"usual, of other things":  {aTerraform, ".terraformrc", "credentials \"x\" {}", false},
		"OpenTofu reads the same": {anOpenTofu, ".terraformrc", "provider_installation {}", true},
		"OpenTofu has its own":    {anOpenTofu, ".tofurc", "provider_installation {}", true},
		"which are not for both":  {aTerraform, ".tofurc", "provider_installation {}", false},
		"none":                    {aTerraform, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(home, name, test.file)
			t.Setenv("TF_CLI_CONFIG_FILE", "")
			if test.file != "" {
				put(t, file, test.text)
			}
			if test.file == "named" {
				t.Setenv("TF_CLI_CONFIG_FILE", file)
			}
			if got := test.program.configuresProviders(filepath.Join(home, name),
				environment(os.Environ(), "")); got != test.wins {
				t.Errorf("wins: %v", got)
			}
		})
	}
}
