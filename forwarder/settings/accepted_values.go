package settings

import (
	"fmt"
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
	_, n, err := f.parse(text)
	_, lowest, errLowest := f.parse(f.tag.Get("min"))
	_, highest, errHighest := f.parse(f.tag.Get("max"))
	switch {
	case err != nil, errLowest == nil && n < lowest, errHighest == nil && n > highest:
		return false
	case f.Type() == "int":
		return strconv.FormatInt(n, 10) == text // envconfig reads 010 as 8
	default:
		return f.Choices == nil || text == "" || slices.Contains(f.Choices, text)
	}
}

// parse reads a text as a value of the field's type. n is the value as an integer, for the comparison with min and max,
// and 0 for a text or a switch.
func (f *Setting) parse(text string) (value any, n int64, err error) {
	switch f.Type() {
	case "bool":
		value, err = strconv.ParseBool(text)
		return value, 0, err
	case "int":
		number, err := strconv.Atoi(text)
		return number, int64(number), err
	case "duration":
		duration, err := time.ParseDuration(text)
		return duration, int64(duration), err
	default:
		return text, 0, nil
	}
}

// acceptedText returns a text that says which values the setting accepts.
func (f *Setting) acceptedText() string {
	if f.Choices != nil {
		return "use one of " + strings.Join(f.Choices, ", ")
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
