package pattern

import (
	"bufio"
	"compress/gzip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// TestFoldsAsJavaDoes compares every character up to U+FFFF with Java, in which EventBridge's engine is written: each
// line of the file has a character, and its lower and upper form in Java 17. Characters that got a case in later
// versions of Unicode are left out.
func TestFoldsAsJavaDoes(t *testing.T) {
	newer := map[rune]bool{}
	for _, r := range "\u2c2f\u2c5f\ua7c0\ua7c1\ua7d0\ua7d1\ua7d6\ua7d7\ua7d8\ua7d9" {
		newer[r] = true
	}
	want := javaCases(t)
	for r := rune(1); r <= 0xffff; r++ {
		if unicode.Is(unicode.Cs, r) || newer[r] {
			continue
		}
		forms, ok := want[r]
		if !ok {
			forms = [2]string{string(r), string(r)}
		}
		either := "(?:" + regexp.QuoteMeta(forms[0]) + "|" + regexp.QuoteMeta(forms[1]) + ")"
		if got := inAnyCase(string(r)); got != either {
			t.Errorf("%U: got %+q, want %+q", r, got, either)
		}
	}
}

func javaCases(t *testing.T) map[rune][2]string {
	t.Helper()
	file, err := os.Open("testdata/case.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text := func(codes string) (s string) {
		for code := range strings.SplitSeq(codes, "+") {
			n, err := strconv.ParseInt(code, 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			s += string(rune(n))
		}
		return s
	}
	cases := map[rune][2]string{}
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		words := strings.Fields(lines.Text())
		cases[[]rune(text(words[0]))[0]] = [2]string{text(words[1]), text(words[2])}
	}
	if len(cases) < 2000 {
		t.Fatalf("%d characters, want over 2,000", len(cases))
	}
	return cases
}
