package pattern

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// caretTexts are sets with mistakes in places that are hard to point at.
var caretTexts = []string{
	"[\n\t{\"source\": [{\"prefx\": \"aws.\"}]}\n]\n",
	"[\r\n  {\"source\": \"aws.ec2\"}\r\n]\r\n",
	`[{"detail": {"größe": [1], "名前": ["日本"], "étage": []}}]`,
	`[{"detail": {"emoji": ["🚀🚀"], "next": {}}}]`,
	`[{"detail": {"e` + "\u0301" + `te": ["a` + "\u0301" + `"], "next": {}}}]`,
	`[{"source": ["` + strings.Repeat("x", 100) + `"], "detail": {"state": "running"}, "account": ["123456789012"]}]`,
	`[{"source": ["` + strings.Repeat("長", 60) + `"], "detail": {"state": "` + strings.Repeat("走", 60) + `"}}]`,
	"[{\"source\": [\"a\x1b[31m\"]}]",
	"[{\"source\": [\"aws.ec2\"]",
	"[{\"source\": [\"aws.ec2\"]}\n",
	"\ufeff{\"a\": {\"source\": [1]}, \"a\": {\"source\": [\"b\"]}}",
	"",
	`[{"source": ["aws.ec2"]}, {"source": ["aws.ec2"]}, {"sauce": {}}, 5]`,
}

func TestCaret(t *testing.T) {
	var out strings.Builder
	for _, text := range caretTexts {
		_, mistakes := ParseSet("patterns.json", []byte(text), 2048)
		for _, e := range mistakes {
			out.WriteString(e.Error() + "\n" + e.Caret() + "\n")
		}
		out.WriteString("\n")
	}
	golden(t, "testdata/carets.golden", out.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs, with -update it is written again; got\n%s", name, got)
	}
}
