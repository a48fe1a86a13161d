package driver

import (
	"errors"
	"path/filepath"
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
