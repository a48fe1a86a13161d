package stack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const quotaRefusal = "EventBridge refuses PutRule, which is tried again, up to 6 times in all: " +
	"LimitExceededException: The requested resource exceeds the maximum number allowed."

// TestCauseOfARetryIsSaidOnce reads what the provider 5.100 logged of a rule that was refused six times, piece by
// piece.
func TestCauseOfARetryIsSaidOnce(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "")
	recorded := read(t, filepath.Join("testdata", "refused.log"))
	path := filepath.Join(t.TempDir(), "log")
	put(t, path, "")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	r := &retries{file: file, refusal: map[string]string{}, said: map[string]bool{}}
	third := strings.Index(recorded, "attempt 3:")
	for _, c := range []struct {
		upto int
		want []string
	}{{third, nil}, {third + 40, nil}, {third + 2000, []string{quotaRefusal}}, {len(recorded), nil}} {
		put(t, path, recorded[:c.upto])
		if got := r.news(); !slices.Equal(got, c.want) {
			t.Errorf("after %d bytes: %q", c.upto, got)
		}
	}
}

func TestRefusalIn(t *testing.T) {
	for body, want := range map[string]string{
		`{"__type":"com.amazonaws.sqs#Throttled","message":"a \"b\""}`:                 `Throttled: a "b"`,
		`{"__type":"ThrottlingException"}`:                                             "ThrottlingException",
		"<ErrorResponse><Error><Code>Throttling</Code><Message>Rate</Message></Error>": "Throttling: Rate",
		`{"Rules":[]}`: "",
	} {
		if got := refusalIn(body); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// TestRefusalsAreSaidWhileTheyLast has them said during an apply, from a log that nobody else can read and that is gone
// afterwards.
func TestRefusalsAreSaidWhileTheyLast(t *testing.T) {
	for own, said := range map[string]bool{"": true, "ERROR": false} {
		w := newWorld(t)
		t.Setenv("AWS_MAX_ATTEMPTS", "6")
		t.Setenv("TF_LOG_PROVIDER", own)
		w.plansToCreate()
		w.says("refused.log", read(t, filepath.Join("testdata", "refused.log")))
		w.says("apply.jsonl", read(t, filepath.Join("testdata", "failed.jsonl")))
		w.says("apply-code", "1")
		if _, err := w.stack().Up(t.Context(), valid()); err == nil {
			t.Fatal("it did not fail")
		}
		if got := slices.Contains(w.notes, quotaRefusal); got != said {
			t.Errorf("TF_LOG_PROVIDER=%s: %q", own, w.notes)
		}
		if !said {
			if env := read(t, filepath.Join(w.dir, "env")); !strings.Contains(env, "apply TF_LOG_PROVIDER="+own+"\n") {
				t.Errorf("the person's own log is another: %s", env)
			}
			continue
		}
		if got := read(t, filepath.Join(w.dir, "log-file")); !strings.HasPrefix(got, "-rw------- ") {
			t.Errorf("others can read the log: %s", got)
		}
		if _, err := os.Stat(w.home().calls()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the log is still there: %v", err)
		}
	}
}

// TestProviderGivesUpInTime has its block say how often a call is tried: it does not read AWS_MAX_ATTEMPTS.
func TestProviderGivesUpInTime(t *testing.T) {
	for own, want := range map[string]string{"": "6", "3": "3", "0": "6", "many": "6"} {
		w := newWorld(t)
		t.Setenv("AWS_MAX_ATTEMPTS", own)
		f := w.home()
		if err := f.write(w.stack().Modules, state{path: "/p"}.backend(true)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(f.modules(), "provider.tf.json")); !strings.Contains(got, `"max_retries": `+want+",") {
			t.Errorf("AWS_MAX_ATTEMPTS=%s: %s", own, got)
		}
	}
}

// TestNextRunRemovesTheLogOfAKilledOne whatever its verb is.
func TestNextRunRemovesTheLogOfAKilledOne(t *testing.T) {
	w := newWorld(t)
	put(t, w.home().calls(), "what a killed run has logged")
	put(t, w.home().holder(), `{"verb":"up","pid":7}`)
	if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.home().calls()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
}
