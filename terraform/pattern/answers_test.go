package pattern

import (
	"strings"
	"testing"
)

// answer is what AWS answered to a pattern, and to an event if there is one.
type answer struct {
	Pattern string `json:"pattern"`
	Event   string `json:"event"`
	AWS     string `json:"aws"`
}

// TestAgreesWithRecordedAnswers compares the package with recorded answers of PutRule and TestEventPattern.
func TestAgreesWithRecordedAnswers(t *testing.T) {
	answers := readLines[answer](t, "testdata/answers.jsonl.gz")
	if len(answers) != 476 {
		t.Fatalf("%d answers, want 476", len(answers))
	}
	for i, a := range answers {
		if got := decide(a); got != a.AWS {
			t.Errorf("answer %d: %s\nevent %s\n got %s, want %s", i, a.Pattern, a.Event, got, a.AWS)
		}
	}
}

func decide(a answer) string {
	set, mistakes := ParseSet("p", []byte(a.Pattern), 4096)
	switch {
	case len(mistakes) > 0 && a.Event == "" && strings.Contains(mistakes[0].Error(), "too complex"):
		// With an event, only "not valid" was recorded.
		return "not valid: too complex"
	case len(mistakes) > 0:
		return "not valid"
	case a.Event == "":
		return "valid"
	}
	for e, err := range ReadEvents("e", strings.NewReader(a.Event)) {
		if err != nil {
			return "event not valid"
		}
		if len(set[0].Explain(e)) == 0 {
			return "match"
		}
	}
	return "no match"
}
