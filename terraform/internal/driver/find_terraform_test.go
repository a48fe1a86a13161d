package driver

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestProgramIsFound tries each choice, with neither, one or both of the programs on the PATH.
func TestProgramIsFound(t *testing.T) {
	none := t.TempDir()
	terraform, tofu, both := t.TempDir(), t.TempDir(), t.TempDir()
	program(t, terraform, "terraform", "Terraform", "1.9.0")
	program(t, tofu, "tofu", "OpenTofu", "1.11.0-dev")
	program(t, both, "terraform", "Terraform", "1.11.4")
	program(t, both, "tofu", "OpenTofu", "1.10.0")
	elsewhere := program(t, t.TempDir(), "terraform", "OpenTofu", "1.10.1") // a link of that name, perhaps
	for _, c := range []struct {
		path, choice, want, fails string
	}{
		{path: terraform, want: "Terraform 1.9.0"},
		{path: tofu, want: "OpenTofu 1.11.0-dev"},
		{path: both, want: "Terraform 1.11.4"},
		{path: none, fails: `exec: "tofu": executable file not found`},
		{path: both, choice: "terraform", want: "Terraform 1.11.4"},
		{path: both, choice: "tofu", want: "OpenTofu 1.10.0"},
		{path: terraform, choice: "tofu", fails: `exec: "tofu": executable file not found`},
		{path: none, choice: "terraform", fails: `exec: "terraform": executable file not found`},
		{path: both, choice: elsewhere, want: "OpenTofu 1.10.1"},
		{path: both, choice: filepath.Join(none, "tofu"), fails: "no such file or directory"},
	} {
		t.Setenv("PATH", c.path)
		got, err := Find(t.Context(), c.choice)
		switch missing := new(MissingError); {
		case c.fails == "" && (err != nil || got.String() != c.want):
			t.Errorf("%q: %s, %v, want %s", c.choice, got, err, c.want)
		case c.fails != "" && (!errors.As(err, &missing) || !strings.Contains(err.Error(), c.fails)):
			t.Errorf("%q: %v, want %s", c.choice, err, c.fails)
		}
	}
}

func TestProgramThatDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		program(t, dir, "old", "Terraform", "1.8.5"):  "is version 1.8.5: the modules need >= 1.9.0",
		program(t, dir, "other", "Packer", "1.9.0"):   "is neither Terraform nor OpenTofu",
		program(t, dir, "broken", "Terraform", "one"): "one",
	} {
		if _, err := Find(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func TestStatesAreLockedInS3(t *testing.T) {
	dir := t.TempDir()
	for version, locks := range map[string]bool{"1.9.8": false, "1.10.0": true, "1.11.0-dev": true} {
		p, err := Find(t.Context(), program(t, dir, "tofu", "OpenTofu", version))
		if err != nil || p.LocksInS3() != locks {
			t.Errorf("%s: %v, %v", version, p.LocksInS3(), err)
		}
	}
}

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
		"named":                  {"named", "provider_installation {}", true},
		"named, of other things": {"named", "credentials \"x\" {}", false},
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
