package settings

import (
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
	case f.isAccepted(text):
		return ""
	case f.Secret:
		text = "(a secret)"
	}
	return fmt.Sprintf("%s is %q: %s", name, text, f.acceptedText())
}

func (f *Setting) isAccepted(text string) bool {
	value, err := f.parse(text)
	lowest, errLowest := f.parse(f.tag.Get("min"))
	highest, errHighest := f.parse(f.tag.Get("max"))
	switch {
	case err != nil:
		return false
	case !value.CanInt():
		return f.Choices == nil || text == "" || slices.Contains(f.Choices, text)
	case f.Type() == "int" && strconv.FormatInt(value.Int(), 10) != text: // envconfig reads 010 as 8
		return false
	}
	return (errLowest != nil || value.Int() >= lowest.Int()) && (errHighest != nil || value.Int() <= highest.Int())
}

// parse reads a text as a value of the field's type.
func (f *Setting) parse(text string) (reflect.Value, error) {
	var value any = text
	var err error
	switch f.Type() {
	case "bool":
		value, err = strconv.ParseBool(text)
	case "int":
		value, err = strconv.Atoi(text)
	case "duration":
		value, err = time.ParseDuration(text)
	}
	return reflect.ValueOf(value), err
}

// acceptedText returns a text that says which values the setting accepts.
func (f *Setting) acceptedText() string {
	kind := map[string]string{
		"string": "text", "bool": "true or false", "int": "a whole number", "duration": "a duration like 500ms or 2m",
	}[f.Type()]
	return "it must be " + kind + f.limits()
}

// limits returns the unit, the range and the choices in parentheses, or "" if there are none of these.
func (f *Setting) limits() string {
	var all []string
	if unit := f.tag.Get("unit"); unit != "" {
		all = append(all, unit)
	}
	switch lowest, highest := f.tag.Get("min"), f.tag.Get("max"); {
	case highest != "":
		all = append(all, lowest+"–"+highest)
	case lowest != "":
		all = append(all, "at least "+lowest)
	}
	if f.Choices != nil {
		all = append(all, "one of "+strings.Join(f.Choices, ", "))
	}
	if all == nil {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}
