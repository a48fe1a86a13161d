package settings

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Width is how many columns help takes.
const Width = 100

// Help writes every setting of the struct that of points to: argument, meaning, variable and default.
func Help(w io.Writer, header string, of any) {
	_, _ = fmt.Fprintln(w, header)
	var rows [][2]string
	if o, found := operandOf(reflect.ValueOf(of).Elem()); found {
		rows = append(rows, [2]string{o.Usage, o.Meaning})
	}
	group := ""
	for i, f := range unique(of) {
		if i == 0 || f.group != group {
			group = f.group
			rows = append(rows, [2]string{"\n" + cmp.Or(group, "Settings") + ":"})
		}
		argument, source := f.Flag, f.Variable
		if f.Secret {
			argument = "(variable only)"
		}
		if f.Default != "–" {
			source += "; default: " + f.Default
		}
		rows = append(rows, [2]string{"  " + argument, f.Meaning + ". [" + source + "]"})
	}
	Columns(w, rows)
}

// Columns writes rows of two columns, the second wrapped. A row that has only the first is a heading.
func Columns(w io.Writer, rows [][2]string) {
	first := 0
	for _, row := range rows {
		if row[1] != "" {
			first = max(first, utf8.RuneCountInString(row[0])+2)
		}
	}
	for _, row := range rows {
		line := row[0] + strings.Repeat(" ", max(0, first-utf8.RuneCountInString(row[0])))
		for i, text := range wrapped(row[1], Width-first) {
			if i > 0 {
				line = strings.Repeat(" ", first)
			}
			_, _ = fmt.Fprintln(w, strings.TrimRight(line+text, " "))
		}
	}
}

// wrapped cuts text into lines of at most width columns, where there is a space.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		switch line := lines[last]; {
		case line == "":
			lines[last] = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			lines[last] = line + " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
