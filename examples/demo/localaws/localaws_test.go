package localaws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestStartsAnswersAndEnds(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	url := ""
	t.Run("while a test runs", func(t *testing.T) {
		url = Test(t, "--minute", "1")
		answers(t, url)
	})
	if url == "" {
		t.Skip("it was skipped")
	}
	if _, err := http.Get(url); err == nil { //nolint:bodyclose // there is no answer
		t.Error("it still answers")
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

func answers(t *testing.T, url string) {
	t.Helper()
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("it is at %s", url)
	}
	if env := strings.Join(Env(url), " "); !strings.Contains(env, "AWS_ENDPOINT_URL="+url) {
		t.Errorf("environment %s", env)
	}
	resp, err := http.Get(url + "/moto-api/data.json")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name, python, want string
		unavailable        bool
	}{
		{"no Python", "", `not available: start the local AWS: exec: "python3"`, true},
		{"no moto", "echo 'local_aws.py: moto is not installed' >&2; exit 3", "not available: moto is not installed", true},
		{"a failure", "echo one >&2; echo two >&2; exit 1", "exit status 1\none\ntwo", false},
		{"it ends without a fault", "echo hello", "has ended by itself", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin := t.TempDir()
			if c.python != "" {
				script := "#!/bin/sh\n" + c.python + "\n"
				if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", bin)
			_, _, err := start(t.Context(), io.Discard, "python3")
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, errUnavailable) != c.unavailable {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	bin := t.TempDir()
	// It goes on until its standard input ends, as the real one does, but never says where it is.
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte("#!/bin/sh\nread nothing\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := start(ctx, io.Discard, "python3"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
