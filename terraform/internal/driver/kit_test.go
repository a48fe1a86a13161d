package driver

import (
	"os"
	"path/filepath"
	"testing"
)

// put writes a file, and creates the folders for it.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// program writes a program that answers the version command as Terraform and OpenTofu do.
func program(t *testing.T, dir, file, name, version string) string {
	t.Helper()
	path := filepath.Join(dir, file)
	put(t, path, "#!/bin/sh\necho '"+name+" v"+version+"\non linux_amd64'\n")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
