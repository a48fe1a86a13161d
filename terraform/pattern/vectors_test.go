package pattern

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// vector is a pattern and an event as AWS's rule engine (aws/event-ruler) decided them.
type vector struct {
	Pattern string `json:"p"`
	Event   string `json:"e"`
	Valid   bool   `json:"valid"`
	Match   bool   `json:"match"`
}

func readVectors(tb testing.TB) []vector {
	tb.Helper()
	file, err := os.Open("testdata/vectors.jsonl.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	var vectors []vector
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			tb.Fatal(err)
		}
		vectors = append(vectors, v)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return vectors
}

func TestAgreesWithAWS(t *testing.T) {
	vectors := readVectors(t)
	if len(vectors) != 1324 {
		t.Fatalf("%d vectors, want 1324", len(vectors))
	}
	for i, v := range vectors {
		p, err := Parse([]byte(v.Pattern))
		if (err == nil) != v.Valid {
			t.Errorf("vector %d: %s: valid = %t, want %t (%v)", i, v.Pattern, err == nil, v.Valid, err)
		}
		if err != nil || !v.Valid {
			continue
		}
		got, err := p.Match([]byte(v.Event))
		if err != nil || got != v.Match {
			t.Errorf("vector %d: %s\nevent %s\nmatch = %t, %v, want %t", i, v.Pattern, v.Event, got, err, v.Match)
		}
	}
}
