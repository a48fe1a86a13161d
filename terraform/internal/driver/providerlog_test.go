package driver

import (
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
	r := &retries{file: file, refusal: map[string]string{}, reported: map[string]bool{}}
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
