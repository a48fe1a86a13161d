package pattern

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// vector is a pattern, an event, and the result of AWS's rule engine (aws/event-ruler).
type vector struct {
	Pattern string `json:"p"`
	Event   string `json:"e"`
	Valid   bool   `json:"valid"`
	Match   bool   `json:"match"`
}

func readVectors(tb testing.TB) []vector {
	tb.Helper()
	return readLines[vector](tb, "testdata/vectors.jsonl.gz")
}

// readLines reads a compressed file with one JSON object on each line.
func readLines[T any](tb testing.TB, name string) (all []T) {
	tb.Helper()
	file, err := os.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	for d := json.NewDecoder(unzipped); d.More(); {
		var one T
		if err := d.Decode(&one); err != nil {
			tb.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func TestAgreesWithAWS(t *testing.T) {
	vectors := readVectors(t)
	if len(vectors) != 1324 {
		t.Fatalf("%d vectors, want 1324", len(vectors))
	}
	for i, v := range vectors {
		p, err := parse([]byte(v.Pattern))
		if (err == nil) != v.Valid {
			t.Errorf("vector %d: %s: valid = %t, want %t (%v)", i, v.Pattern, err == nil, v.Valid, err)
		}
		if err != nil || !v.Valid {
			continue
		}
		got, err := matches(p, []byte(v.Event))
		if err != nil || got != v.Match {
			t.Errorf("vector %d: %s\nevent %s\nmatch = %t, %v, want %t", i, v.Pattern, v.Event, got, err, v.Match)
		}
	}
}
