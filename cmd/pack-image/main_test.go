package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// setRelease sets the variables that make sets.
func setRelease(t *testing.T, dist string) {
	t.Helper()
	for name, value := range map[string]string{
		"VERSION": version, "TAG": tagged, "REVISION": revision, "CREATED": created, "DIST": dist,
	} {
		t.Setenv(name, value)
	}
}

func TestUsedWrongly(t *testing.T) {
	setRelease(t, t.TempDir())
	for name, value := range map[string]string{"TAG": "with space", "CREATED": "yesterday"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if err := run(io.Discard); err == nil || !strings.Contains(err.Error(), value) {
				t.Errorf("%s: %v", value, err)
			}
		})
	}
	for _, name := range []string{"VERSION", "TAG", "REVISION", "CREATED", "DIST"} {
		t.Run("no "+name, func(t *testing.T) {
			t.Setenv(name, "") // so that it is set again at the end
			_ = os.Unsetenv(name)
			if err := run(io.Discard); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s is not set: %v", name, err)
			}
		})
	}
}

// TestNoProgram tries a forwarder that is missing, and one that is not a program.
func TestNoProgram(t *testing.T) {
	folder := t.TempDir()
	setRelease(t, folder)
	if err := run(io.Discard); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing: %v", err)
	}
	path := program(folder, "amd64")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(io.Discard); err == nil || !strings.Contains(err.Error(), "must be a program") {
		t.Errorf("a script: %v", err)
	}
}

// TestWrongProgram packs the program of this test for the architecture that it was not built for.
func TestWrongProgram(t *testing.T) {
	other := "arm64"
	if runtime.GOARCH == other {
		other = "amd64"
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	image, err := release{}.pack(self, other)
	if err != nil {
		t.Fatal(err)
	}
	err = release{}.writeModules(filepath.Join(t.TempDir(), "modules"), self, other, image)
	if err == nil || !strings.Contains(err.Error(), "was not built with GOARCH="+other) {
		t.Error(err)
	}
}
