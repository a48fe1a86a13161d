package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestUsedWrongly(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"other"},
		{"forwarder", "stack"},
		{"-created", "yesterday", "forwarder"},
		{"-nope"},
	} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// TestNoProgram tries a forwarder that is missing, one that is not a program, and one for another machine.
func TestNoProgram(t *testing.T) {
	other := "arm64"
	if runtime.GOARCH == other {
		other = "amd64"
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	for want, text := range map[string][]byte{
		"no such file":                       nil,
		"must be a program":                  []byte("#!/bin/sh"),
		"was not built with GOARCH=" + other: self,
	} {
		folder := t.TempDir()
		if text != nil {
			path := program(folder, other)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args := []string{"-arch", other, "-programs", filepath.Join(folder, "programs"), "-out", folder, "forwarder"}
		if err := run(args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not for %s: %v", want, err)
		}
	}
}

func TestNoTerraform(t *testing.T) {
	t.Setenv("PATH", "/nonexistent")
	_, err := stack(release{}, runtime.GOARCH)
	if err == nil || !strings.Contains(err.Error(), "terraform is not on the PATH") {
		t.Error(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "terraform"), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	t.Setenv("PLUGIN_DIR", folder)
	if _, err := stack(release{}, runtime.GOARCH); err == nil || !strings.Contains(err.Error(), "PLUGIN_DIR") {
		t.Error(err)
	}
}
