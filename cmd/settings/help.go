package settings

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
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
		rows = append(rows, [2]string{o.usage(), o.meaning()})
	}
	group := ""
	for i, f := range unique(of) {
		if i == 0 || f.group != group {
			group = f.group
			rows = append(rows, [2]string{"\n" + cmp.Or(group, "Settings") + ":"})
		}
		rows = append(rows, [2]string{"  " + f.argument(), f.meaning() + ". " + f.source()})
	}
	Columns(w, rows)
}

// argument is how it is given on the command line.
func (f field) argument() string {
	if f.secret() {
		return "(variable only)"
	}
	return "--" + f.flag()
}

// source is the variable that it is read from without an argument, and what it is without that.
func (f field) source() string {
	text := f.variables[len(f.variables)-1]
	if fallback := f.fallback(); fallback != "–" {
		text += "; default: " + fallback
	}
	return "[" + text + "]"
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

// Markdown writes the same as a table, for the README.
func Markdown(w io.Writer, of any) error {
	_, err := fmt.Fprint(w, "| setting | default | meaning |\n|---|---|---|\n")
	for _, f := range unique(of) {
		if err != nil {
			return err
		}
		fallback := f.fallback()
		if fallback != "–" && f.def.Tag.Get("defaultdesc") == "" {
			fallback = "`" + fallback + "`"
		}
		_, err = fmt.Fprintf(w, "| `%s` | %s | %s |\n", f.name, fallback, strings.ReplaceAll(f.meaning(), "|", "\\|"))
	}
	return err
}

func unique(of any) []field {
	var seen []string
	return slices.DeleteFunc(fieldsOf(reflect.ValueOf(of).Elem()), func(f field) bool {
		again := slices.Contains(seen, f.name)
		seen = append(seen, f.name)
		return again
	})
}

func (f field) fallback() string {
	if words := f.def.Tag.Get("defaultdesc"); words != "" {
		return words
	}
	if value := f.def.Tag.Get("default"); value != "" {
		return value
	}
	if f.isBool() {
		return "false"
	}
	return "–"
}

// meaning is the description with the unit, the range and the accepted values.
func (f field) meaning() string {
	text := f.def.Tag.Get("desc")
	var more []string
	if unit := f.def.Tag.Get("unit"); unit != "" {
		more = append(more, unit)
	}
	lowest, highest := f.def.Tag.Get("min"), f.def.Tag.Get("max")
	switch {
	case lowest != "" && highest != "":
		more = append(more, lowest+"–"+highest)
	case lowest != "":
		more = append(more, "at least "+lowest)
	}
	if accept := f.def.Tag.Get("accept"); accept != "" {
		more = append(more, strings.ReplaceAll(accept, "|", ", "))
	}
	if len(more) > 0 {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	return text
}
