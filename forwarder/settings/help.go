package settings

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Width is how many columns help takes.
const Width = 100

// Help writes the settings of the struct that of points to: argument, meaning, variable and default.
func Help(w io.Writer, header string, of any) {
	_, _ = fmt.Fprintf(w, "%s\n\n%s\n", header, New("", of).Usage())
}

// Usage lists the settings, each once, under the headings of their groups.
func (s *Set) Usage() string {
	var rows [][2]string
	group := ""
	for _, f := range s.Settings {
		if f.Group != group {
			group = f.Group
			rows = append(rows, [2]string{"\n" + group + ":"})
		}
		argument := "--" + f.Flag
		if f.Secret {
			argument = "(variable only)"
		}
		rows = append(rows, [2]string{"  " + argument, f.usage()})
	}
	return strings.Trim(columns(rows), "\n")
}

// usage is the meaning with the variable and the default.
func (f *Setting) usage() string {
	source := f.Variable
	if f.Default != "–" {
		source += "; default: " + f.Default
	}
	return f.Meaning + ". [" + source + "]"
}

// columns aligns rows of two columns, the second wrapped. A row that has only the first is a heading.
func columns(rows [][2]string) string {
	first := 0
	for _, row := range rows {
		if row[1] != "" {
			first = max(first, utf8.RuneCountInString(row[0])+2)
		}
	}
	var b strings.Builder
	for _, row := range rows {
		column := utf8.RuneCountInString(row[0])
		b.WriteString(row[0])
		for i, word := range strings.Fields(row[1]) {
			switch length := utf8.RuneCountInString(word); {
			case i == 0:
				b.WriteString(strings.Repeat(" ", first-column))
				column = first + length
			case column+1+length > Width:
				b.WriteString("\n" + strings.Repeat(" ", first))
				column = first + length
			default:
				b.WriteString(" ")
				column += 1 + length
			}
			b.WriteString(word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Readme puts the table of a program's settings where the README has a place for it, and returns what the file was and
// what it should be. Tests of the programs use it, so that the READMEs stay true.
func (s *Set) Readme(file, program string) (was, want string, err error) {
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
	return string(text), head + begin + s.table() + end + tail, nil
}

func (s *Set) table() string {
	text := "| setting | default | meaning |\n|---|---|---|\n"
	for _, f := range s.Settings {
		fallback := f.Default
		if fallback != "–" && f.tag.Get("defaultdesc") == "" {
			fallback = "`" + fallback + "`"
		}
		text += fmt.Sprintf("| `%s` | %s | %s |\n", f.Name, fallback, strings.ReplaceAll(f.Meaning, "|", "\\|"))
	}
	return text
}
