package main

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckAgreesWithRecordedAnswers holds check against what AWS was recorded to answer.
func TestCheckAgreesWithRecordedAnswers(t *testing.T) {
	file, err := os.Open("../../terraform/pattern/testdata/answers.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "event.json")
	count := 0
	for d := json.NewDecoder(unzipped); d.More(); count++ {
		var a struct{ Pattern, Event, AWS string }
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(a.Event), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, code := try(t, "check", "--pattern-limit=4096", a.Pattern, name)
		got := "not valid"
		switch {
		case code == exitDone:
			got = "match"
		case code == exitFailed && a.Event == "":
			got = "valid" // and without an event to match
		case code == exitFailed && strings.HasPrefix(out, name+":1: ✗"):
			got = "no match"
		case code == exitFailed:
			got = "event not valid"
		}
		if want := strings.TrimSuffix(a.AWS, ": too complex"); got != want {
			t.Errorf("answer %d: %s\n%s\n got %s, AWS said %s\n%s%s", count, a.Pattern, a.Event, got, want, out, errs)
		}
	}
	if count != 476 {
		t.Errorf("%d answers, want 476", count)
	}
}
