//go:build unix

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesArePrivate checks the umask of the processes that the command starts.
func TestFilesArePrivate(t *testing.T) {
	t.Setenv(asCommand, "stack")
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	bin := t.TempDir()
	check(t, os.WriteFile(filepath.Join(bin, "terraform"), []byte("#!/bin/sh\numask >&2\nexit 1\n"), 0o700))
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"+
			"</GetCallerIdentityResult></GetCallerIdentityResponse>")
	}))
	defer aws.Close()
	t.Setenv("AWS_ENDPOINT_URL", aws.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	out, _ := exec.CommandContext(t.Context(), os.Args[0], "plan", "--schedule=rate(1 day)").CombinedOutput()
	if !strings.Contains(string(out), "0077") {
		t.Errorf("Terraform's umask is not 077: %s", out)
	}
}
