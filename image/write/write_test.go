package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTag(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "v1.0.0+build/7": "v1.0.0-build-7", "-.x": "x", "": "dev", "+": "dev",
		strings.Repeat("a", 200): strings.Repeat("a", 128),
	} {
		if got := tag(version); got != want {
			t.Errorf("%q becomes %q, not %q", version, got, want)
		}
	}
}

func TestUsedWrongly(t *testing.T) {
	for _, args := range [][]string{{}, {"other"}, {"forwarder", "stack"}, {"-created", "yesterday", "forwarder"}, {"-nope"}} {
		var stderr bytes.Buffer
		if code := run(args, &stderr, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit code %d: %s", args, code, &stderr)
		}
	}
}

// TestNoProgram has the forwarder missing, then being no program, then one for another machine.
func TestNoProgram(t *testing.T) {
	other := map[string]string{"amd64": "arm64"}[runtime.GOARCH]
	if other == "" {
		other = "amd64"
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	for want, text := range map[string][]byte{"no such file": nil, "must be a program": []byte("#!/bin/sh"), machines[runtime.GOARCH].String(): self} {
		folder := t.TempDir()
		if text != nil {
			path := release{programs: folder}.program("forwarder", other)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var stderr bytes.Buffer
		if code := run([]string{"-arch", other, "-programs", folder, "-out", folder, "forwarder"}, &stderr, &stderr); code != 1 || !strings.Contains(stderr.String(), want) {
			t.Errorf("exit code %d, not for %s: %s", code, want, &stderr)
		}
	}
}

func TestNoTerraform(t *testing.T) {
	t.Setenv("PATH", "/nonexistent")
	if _, _, _, err := findTerraform(runtime.GOARCH); err == nil || !strings.Contains(err.Error(), "terraform is not on the PATH") {
		t.Error(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "terraform"), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	t.Setenv("PLUGIN_DIR", folder)
	if _, _, _, err := findTerraform(runtime.GOARCH); err == nil || !strings.Contains(err.Error(), "PLUGIN_DIR") {
		t.Error(err)
	}
}

// TestFolders has every folder come before what is in it, once.
func TestFolders(t *testing.T) {
	var order []string
	for _, e := range withFolders([]entry{{path: "/a/b/c", text: "x"}, {path: "/tmp", mode: 0o1777}, {path: "/a/b"}}) {
		order = append(order, e.path)
	}
	if got := strings.Join(order, " "); got != "/a /a/b /a/b/c /tmp" {
		t.Error(got)
	}
}
