package settings

import (
	"fmt"
	"os"
	"strings"
)

// Readme puts the settings table of a program where the README has a place for it, and returns what the file was and
// what it should be. Tests of the programs use it, so that the README stays true.
func Readme(file, program string, of any) (was, want string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Errorf("read readme: %w", err)
	}
	begin, end := "<!-- settings of "+program+" -->\n", "<!-- end -->"
	head, rest, found := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", "", fmt.Errorf("%s has no place for the settings of %s", file, program)
	}
	return string(text), head + begin + table(of) + end + tail, nil
}

func table(of any) string {
	text := "| setting | default | meaning |\n|---|---|---|\n"
	for _, f := range unique(of) {
		fallback := f.Default
		if fallback != "–" && f.tag.Get("defaultdesc") == "" {
			fallback = "`" + fallback + "`"
		}
		text += fmt.Sprintf("| `%s` | %s | %s |\n", f.Name, fallback, strings.ReplaceAll(f.Meaning, "|", "\\|"))
	}
	return text
}
