package settings

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// field is one setting: a field of the program's struct, with its tags.
type field struct {
	name      string
	variables []string // that it is read from: the first that is set
	group     string   // under which -h shows it
	def       reflect.StructField
	value     reflect.Value
}

func fieldsOf(v reflect.Value) []field {
	var fields []field
	prefix, group := "", ""
	for i := range v.NumField() {
		def := v.Type().Field(i)
		name := def.Tag.Get("envconfig")
		group = cmp.Or(def.Tag.Get("group"), group)
		switch {
		case def.Name == "_":
			prefix = def.Tag.Get("env")
		case def.Anonymous && def.Type.Kind() == reflect.Struct:
			fields = append(fields, fieldsOf(v.Field(i))...)
		case name != "":
			f := field{name: name, variables: []string{prefix + name}, group: group, def: def, value: v.Field(i)}
			if prefix != "" && def.Tag.Get("plain") != "" {
				f.variables = append(f.variables, name)
			}
			fields = append(fields, f)
		}
	}
	return fields
}

// variable is the name of the variable that sets it, and its text. Compose and Kubernetes hand on variables that nobody filled:
// empty, one counts only where empty is a value.
func (f field) variable() (name, text string, set bool) {
	for _, name := range f.variables {
		text, set := os.LookupEnv(name)
		text = strings.TrimSpace(text)
		if set && (text != "" || f.mayBeEmpty()) {
			return name, text, true
		}
	}
	return f.variables[0], "", false
}

func (f field) flag() string     { return strings.ReplaceAll(strings.ToLower(f.name), "_", "-") }
func (f field) secret() bool     { return f.def.Tag.Get("secret") == "true" }
func (f field) mayBeEmpty() bool { return f.def.Tag.Get("empty") != "" }
func (f field) isBool() bool     { return f.value.Kind() == reflect.Bool }

func (f field) set(text string) error {
	switch p := f.value.Addr().Interface().(type) {
	case *string:
		*p = text
		return nil
	case *bool:
		return into(p, text, strconv.ParseBool)
	case *int:
		return into(p, text, strconv.Atoi)
	case *time.Duration:
		return into(p, text, time.ParseDuration)
	}
	return fmt.Errorf("setting %s has the unsupported type %s", f.name, f.value.Type())
}

// into leaves an unset setting, one without a default, at its zero value.
func into[T any](p *T, text string, parse func(string) (T, error)) error {
	if text == "" {
		*p = *new(T)
		return nil
	}
	v, err := parse(text)
	if err == nil {
		*p = v
	}
	return err
}

func (f field) text() string {
	if f.secret() {
		return "(a secret)"
	}
	return fmt.Sprint(f.value.Interface())
}

// inRange tells whether the value lies within min and max, or is among those accepted.
func (f field) inRange() bool {
	switch v := f.value.Interface().(type) {
	case int:
		return f.within(func(bound string) bool { n, _ := strconv.Atoi(bound); return v < n },
			func(bound string) bool { n, _ := strconv.Atoi(bound); return v > n })
	case time.Duration:
		return f.within(func(bound string) bool { d, _ := time.ParseDuration(bound); return v < d },
			func(bound string) bool { d, _ := time.ParseDuration(bound); return v > d })
	case string:
		accept := f.def.Tag.Get("accept")
		return accept == "" || v == "" || slices.Contains(strings.Split(accept, "|"), v)
	}
	return true
}

// isOneLine tells whether a text may go into a header, a URL or a message as it is.
func (f field) isOneLine() bool {
	text, is := f.value.Interface().(string)
	return !is || f.def.Tag.Get("lines") != "" || !strings.ContainsFunc(text, unicode.IsControl)
}

func (f field) within(below, above func(bound string) bool) bool {
	lowest, highest := f.def.Tag.Get("min"), f.def.Tag.Get("max")
	return (lowest == "" || !below(lowest)) && (highest == "" || !above(highest))
}

// refuse is the message for a value that is not accepted: what, where, and what is.
func (f field) refuse(where, text string) string {
	if f.secret() {
		text = "(a secret)"
	}
	return fmt.Sprintf("%s is %q: %s", where, text, f.accepted())
}

// accepted says in words what the setting takes.
func (f field) accepted() string {
	if accept := f.def.Tag.Get("accept"); accept != "" {
		return "accepted are " + strings.ReplaceAll(accept, "|", ", ")
	}
	kind := map[bool]string{true: "true or false"}[f.isBool()]
	switch f.value.Interface().(type) {
	case int:
		kind = "a whole number"
	case time.Duration:
		kind = "a duration such as 500ms, 20s or 2m"
	case string:
		kind = "a text"
	}
	if unit := f.def.Tag.Get("unit"); unit != "" {
		kind += " of " + unit
	}
	switch lowest, highest := f.def.Tag.Get("min"), f.def.Tag.Get("max"); {
	case lowest != "" && highest != "":
		kind += " from " + lowest + " to " + highest
	case lowest != "":
		kind += " of at least " + lowest
	}
	return kind + " is accepted"
}
