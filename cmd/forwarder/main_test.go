package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

// exec runs the program within the test's process.
func exec(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var out bytes.Buffer
	code = run(context.Background(), args, &out, file)
	_, _ = file.Seek(0, io.SeekStart)
	text, _ := io.ReadAll(file)
	return code, out.String(), string(text)
}

func TestHelpNamesEverySetting(t *testing.T) {
	code, stdout, stderr := exec(t, "-h")
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for _, name := range []string{
		"QUEUE_NAME", "--queue-url", "AUTH_TOKEN", "SHUTDOWN_TIMEOUT", "--linger", "--event-patterns",
	} {
		if !strings.Contains(stdout, name) {
			t.Errorf("-h does not name %s", name)
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	if code, _, stderr := exec(t, "--linger=x", "--duration=99"); code != 2 || strings.Count(stderr, "\n") != 2 {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := exec(t); code != 1 || !strings.Contains(
		stderr, "find queue dispatch: ",
	) || strings.Contains(stderr, "hush") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
