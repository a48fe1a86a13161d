package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMake lets make run a program that prints its arguments instead of stack: it gets what is given to make, and
// nothing else.
func TestMake(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not on the PATH")
	}
	bin := t.TempDir()
	check(
		t,
		os.WriteFile(
			filepath.Join(bin, "stack"),
			[]byte("#!/bin/sh\nfor a in \"$@\"; do printf '%s\\n' \"$a\"; done\n"),
			0o700,
		),
	)
	for name, value := range map[string]string{"NAME": "host", "STATUS": "running", "TAGS": "x", "SINK_TOKEN": "hush"} {
		t.Setenv(name, value)
	}
	for name, test := range map[string]struct{ given, want []string }{
		"nothing": {[]string{"up"}, []string{"up"}},
		"settings": {
			[]string{"up", "REGION=eu-west-1", "SCHEDULE=rate(1 minute)", "FIFO=true", "NAME=", "TAGS="},
			[]string{"up", "--fifo=true", "--name=", "--region=eu-west-1", "--schedule=rate(1 minute)"},
		},
		"a pattern": {
			[]string{"plan", "PATTERNS={\"detail\": {\"$or\": [{\"a\": [\"it's #1\", \"\\\\ $(x)\"]}]},\n  \"b\": [\"c\"]}"},
			[]string{"plan", `--patterns={"detail": {"$or": [{"a": ["it's #1", "\\ $(x)"]}]},   "b": ["c"]}`},
		},
		"of others": {
			[]string{"status", "VERSION=1.2.3", "AWS_PROFILE=x", "SINK_TOKEN=hush", "TF_LOG=trace"},
			[]string{"status"},
		},
		"an action": {
			[]string{"dead-letters", "DO=purge", "REASON=no such field"},
			[]string{"dead-letters", "--reason=no such field", "purge"},
		},
		"a typing err": {[]string{"down", "NAEM=mine"}, []string{"down", "--naem=mine"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-C", "../..", "-o", "build", "BIN=" + bin}, test.given...)
			out, err := exec.CommandContext(t.Context(), "make", args...).CombinedOutput()
			var got []string
			for line := range strings.Lines(string(out)) {
				if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "make") {
					got = append(got, line)
				}
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
