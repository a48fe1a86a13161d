package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// check returns what is wrong with a value that the variable or setting called name has: it cannot be parsed, is out of
// range, is not one of those accepted, or contains what a header, a URL or a message must not contain.
func (f *Setting) check(name, text string) (problem string) {
	severalLines := f.tag.Get("lines") != ""
	isControl := func(r rune) bool { return r == 0 || unicode.IsControl(r) && !severalLines }
	switch {
	case strings.ContainsFunc(text, isControl):
		return name + " contains a control character, such as a line break: it must be one line of text"
	case f.accepts(text):
		return ""
	case f.Secret:
		text = "(a secret)"
	}
	return fmt.Sprintf("%s is %q: %s", name, text, f.accepted())
}

func (f *Setting) accepts(text string) bool {
	switch f.Type() {
	case "bool":
		_, err := strconv.ParseBool(text)
		return err == nil
	case "int": // envconfig and pflag read 010 as 8
		n, _ := strconv.Atoi(text)
		return strconv.Itoa(n) == text && between(text, f.tag, strconv.Atoi)
	case "duration":
		return between(text, f.tag, time.ParseDuration)
	default:
		return f.Accept == nil || text == "" || slices.Contains(f.Accept, text)
	}
}

// between reports whether the text can be parsed and is not outside the tags min and max, where they
// are set.
func between[T cmp.Ordered](text string, tag reflect.StructTag, parse func(string) (T, error)) bool {
	value, err := parse(text)
	lowest, errLowest := parse(tag.Get("min"))
	highest, errHighest := parse(tag.Get("max"))
	return err == nil && (errLowest != nil || value >= lowest) && (errHighest != nil || value <= highest)
}

// accepted returns a text that says which values the setting accepts.
func (f *Setting) accepted() string {
	if f.Accept != nil {
		return "use one of " + strings.Join(f.Accept, ", ")
	}
	kind := map[string]string{
		"string": "text", "bool": "true or false", "int": "a whole number",
		"duration": "a duration (written like 500ms or 2m)",
	}[f.Type()]
	if unit := f.tag.Get("unit"); unit != "" {
		kind += " of " + unit
	}
	return "it must be " + kind + f.limits(" from %s to %s", " of at least %s")
}

// limits formats min and max with withMax, or min alone with minOnly if there is no max.
func (f *Setting) limits(withMax, minOnly string) string {
	switch lowest, highest := f.tag.Get("min"), f.tag.Get("max"); {
	case lowest == "":
		return ""
	case highest == "":
		return fmt.Sprintf(minOnly, lowest)
	default:
		return fmt.Sprintf(withMax, lowest, highest)
	}
}
