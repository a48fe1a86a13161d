package settings

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
)

// Help writes every setting of the struct that of points to: argument, variable, default, unit and meaning.
func Help(w io.Writer, header string, of any) {
	_, _ = fmt.Fprintln(w, header)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprint(t, "\nargument\tvariable\tdefault\tmeaning\n")
	if o, found := operandOf(reflect.ValueOf(of).Elem()); found {
		_, _ = fmt.Fprintf(t, "%s\t\t\t%s\n", o.usage(), o.meaning())
	}
	for _, f := range unique(of) {
		arg := "--" + f.flag()
		if f.secret() {
			arg = "(variable only)"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", arg, f.name, f.fallback(), f.meaning())
	}
	_ = t.Flush()
}

// Markdown writes the same as a table, for the README.
func Markdown(w io.Writer, of any) error {
	_, err := fmt.Fprint(w, "| variable | default | meaning |\n|---|---|---|\n")
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
