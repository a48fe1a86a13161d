package settings

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"
)

// Setting is one setting: a field of a program's struct with its tags.
type Setting struct {
	Name, Flag, Variable string // QUEUE_NAME, queue-name and STACK_QUEUE_NAME
	Default, Meaning     string // as the help shows them; Default is – when there is none
	Group                string // the heading under which the help shows it
	Accept               []string
	File                 string // file or folder, when the value names one
	Secret               bool   // it is not taken as an argument

	tag     reflect.StructTag
	value   reflect.Value
	bound   pflag.Value // the field as a flag
	own     string      // a variable that counts before Variable
	text    *string     // what sets it, nil when nothing does
	problem string
}

// Bool reports whether the setting is a switch, which needs no value.
func (f *Setting) Bool() bool { return f.value.Kind() == reflect.Bool }

// settingsOf lists the settings of a struct and of those embedded in it.
func settingsOf(v reflect.Value, prefix string) (all []*Setting) {
	described := map[string]string{}
	if d, ok := v.Addr().Interface().(Describer); ok {
		described = d.Describe()
	}
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if field.Anonymous && field.Type.Kind() == reflect.Struct {
			all = append(all, settingsOf(value, prefix)...)
		} else if field.Tag.Get("envconfig")+field.Tag.Get("split_words") != "" {
			all = append(all, newSetting(field, value, prefix, described))
		}
	}
	return all
}

// wordEnd is where envconfig splits the words of a field's name.
var wordEnd = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

func newSetting(field reflect.StructField, value reflect.Value, prefix string, described map[string]string) *Setting {
	tag := field.Tag
	plain := tag.Get("envconfig")
	name := cmp.Or(plain, strings.ToUpper(wordEnd.ReplaceAllString(field.Name, "${1}${3}_${2}${4}")))
	f := &Setting{
		Name: name, Flag: strings.ReplaceAll(strings.ToLower(name), "_", "-"), Variable: name,
		Default: cmp.Or(tag.Get("defaultdesc"), tag.Get("default"), "–"), Group: tag.Get("group"), File: tag.Get("file"),
		Secret: tag.Get("secret") == "true", tag: tag, value: value, bound: bind(value),
	}
	if prefix != "" && plain != "" {
		f.own = prefix + "_" + name
	} else if prefix != "" {
		f.Variable = prefix + "_" + name
	}
	if accept := tag.Get("accept"); accept != "" {
		f.Accept = strings.Split(accept, "|")
	}
	if f.Bool() && f.Default == "–" {
		f.Default = "false"
	}
	f.Meaning = cmp.Or(tag.Get("desc"), described[name])
	more := append([]string{tag.Get("unit"), f.limits("%s–%s", "at least %s")}, f.Accept...)
	more = slices.DeleteFunc(more, func(word string) bool { return word == "" })
	if len(more) > 0 {
		f.Meaning += " (" + strings.Join(more, ", ") + ")"
	}
	return f
}

// bind is the field as a value of pflag.
func bind(value reflect.Value) pflag.Value {
	var flags pflag.FlagSet
	switch v := value.Addr().Interface().(type) {
	case *string:
		flags.StringVar(v, "x", "", "")
	case *bool:
		flags.BoolVar(v, "x", false, "")
	case *int:
		flags.IntVar(v, "x", 0, "")
	case *time.Duration:
		flags.DurationVar(v, "x", 0, "")
	default:
		panic(fmt.Sprintf("settings: a field of type %T", v))
	}
	return flags.Lookup("x").Value
}

// clean prepares the setting's variables for envconfig, which takes white space and empty text for values. Compose and
// Kubernetes pass on variables that nobody has filled: an empty one counts only where empty is a value, and a variable
// does not count where there is an argument. White space around a value is not part of it, because files that secrets
// come from end in a line break.
func (f *Setting) clean(arguments map[string]string) {
	_, argument := arguments[f.Flag]
	for _, name := range []string{f.own, f.Variable} {
		text, set := os.LookupEnv(name)
		if !set {
			continue
		}
		text = strings.TrimSpace(text)
		if argument || text == "" && f.tag.Get("empty") == "" {
			_ = os.Unsetenv(name)
			continue
		}
		_ = os.Setenv(name, text) // it was a variable before, so it can be one
		if f.text == nil {
			f.text = &text
		}
	}
}

// take sets the field to the text of an argument.
func (f *Setting) take(argument, text string) {
	f.text = &text
	if f.bound.Set(text) != nil {
		f.problem = f.refuse(argument, text)
	}
}

// check returns what is wrong with the setting's text: it is out of range, or none of those accepted, or it holds what
// may not go into a header, a URL or a message.
func (f *Setting) check() string {
	if f.text == nil {
		return ""
	}
	several := f.tag.Get("lines") != ""
	if strings.ContainsFunc(*f.text, func(r rune) bool { return r == 0 || unicode.IsControl(r) && !several }) {
		return f.Name + " holds a control character, such as a line break: text of one line is accepted"
	}
	valid := true
	switch v := f.value.Interface().(type) {
	case int:
		decimal, err := strconv.Atoi(*f.text) // envconfig and pflag read 010 as 8
		valid = err == nil && decimal == v && between(v, f.tag, strconv.Atoi)
	case time.Duration:
		valid = between(v, f.tag, time.ParseDuration)
	case string:
		valid = f.Accept == nil || v == "" || slices.Contains(f.Accept, v)
	}
	if valid {
		return ""
	}
	return f.refuse(f.Name, *f.text)
}

func between[T cmp.Ordered](v T, tag reflect.StructTag, parse func(string) (T, error)) bool {
	lowest, err := parse(tag.Get("min"))
	if err == nil && v < lowest {
		return false
	}
	highest, err := parse(tag.Get("max"))
	return err != nil || v <= highest
}

// refuse is the message for a value that is not accepted: what, where, and what is.
func (f *Setting) refuse(where, text string) string {
	if f.Secret {
		text = "(a secret)"
	}
	return fmt.Sprintf("%s is %q: %s", where, text, f.accepted())
}

// accepted says in words what the setting takes.
func (f *Setting) accepted() string {
	if f.Accept != nil {
		return "accepted are " + strings.Join(f.Accept, ", ")
	}
	kind := "a text"
	switch f.value.Interface().(type) {
	case bool:
		kind = "true or false"
	case int:
		kind = "a whole number"
	case time.Duration:
		kind = "a duration such as 500ms, 20s or 2m"
	}
	if unit := f.tag.Get("unit"); unit != "" {
		kind += " of " + unit
	}
	return kind + f.limits(" from %s to %s", " of at least %s") + " is accepted"
}

// limits are min and max in words: in those of both when there are both, of lower when there is only min.
func (f *Setting) limits(both, lower string) string {
	switch lowest, highest := f.tag.Get("min"), f.tag.Get("max"); {
	case lowest == "":
		return ""
	case highest == "":
		return fmt.Sprintf(lower, lowest)
	default:
		return fmt.Sprintf(both, lowest, highest)
	}
}
