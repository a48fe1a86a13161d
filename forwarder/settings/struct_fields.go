package settings

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
)

// Setting is one setting: a field of a program's struct with its tags. It is also the pflag.Value of its flag.
type Setting struct {
	Name, Flag, Variable string // QUEUE_NAME, queue-name and STACK_QUEUE_NAME
	Default, Meaning     string // as the help shows them; Default is – when there is none
	Group                string // the heading under which the help shows it
	Choices              []string
	File                 string // file or folder, when the value names one
	Secret               bool   // it is not accepted as an argument

	tag      reflect.StructTag
	field    reflect.Value
	prefixed string  // if Variable has no prefix (tag envconfig): the same with the prefix, which takes precedence
	argument *string // nil if none was given
}

// Bool reports whether the setting is a switch, which needs no value.
func (f *Setting) Bool() bool { return f.Type() == "bool" }

// Type implements pflag.Value: it returns string, bool, int or duration.
func (f *Setting) Type() string { return strings.ToLower(f.field.Type().Name()) }

// String implements pflag.Value.
func (f *Setting) String() string { return "" }

// Set implements pflag.Value: it keeps the argument until all settings are read, so that one run reports everything
// that is wrong.
func (f *Setting) Set(text string) error {
	f.argument = &text
	return nil
}

// settingsOf lists the settings of a struct and of those embedded in it, which share its descriptions.
func settingsOf(v reflect.Value, prefix string, described map[string]string) (all []*Setting) {
	if d, ok := v.Addr().Interface().(Describer); ok {
		described = d.Describe()
	}
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if field.Anonymous && field.Type.Kind() == reflect.Struct {
			all = append(all, settingsOf(value, prefix, described)...)
		} else if field.Tag.Get("envconfig")+field.Tag.Get("split_words") != "" {
			all = append(all, newSetting(field, value, prefix, described))
		}
	}
	return all
}

// wordEnd matches where envconfig splits the name of a field into words.
var wordEnd = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

func newSetting(field reflect.StructField, value reflect.Value, prefix string, described map[string]string) *Setting {
	tag := field.Tag
	plain := tag.Get("envconfig")
	name := cmp.Or(plain, strings.ToUpper(wordEnd.ReplaceAllString(field.Name, "${1}${3}_${2}${4}")))
	f := &Setting{
		Name: name, Flag: strings.ReplaceAll(strings.ToLower(name), "_", "-"), Variable: name,
		Default: cmp.Or(tag.Get("defaultdesc"), tag.Get("default"), "–"), Group: tag.Get("group"), File: tag.Get("file"),
		Secret: tag.Get("secret") == "true", tag: tag, field: value,
	}
	if prefix != "" && plain != "" {
		f.prefixed = prefix + "_" + name
	} else if prefix != "" {
		f.Variable = prefix + "_" + name
	}
	if accept := tag.Get("accept"); accept != "" {
		f.Choices = strings.Split(accept, "|")
	}
	if f.Bool() && f.Default == "–" {
		f.Default = "false"
	}
	f.Meaning = cmp.Or(tag.Get("desc"), described[name]) + f.limits()
	return f
}

// prepare checks the variables and the argument of the setting, and returns what is wrong. Only valid values are left:
// it trims or unsets the variables, which envconfig reads afterwards. White space around a value is not part of it:
// files that secrets come from end in a line break. Compose and Kubernetes pass on variables that nobody has filled, so
// an empty one counts only if the setting has the tag empty.
func (f *Setting) prepare() (problem string) {
	for _, variable := range []string{f.Variable, f.prefixed} {
		text, set := os.LookupEnv(variable)
		if !set {
			continue
		}
		text = strings.TrimSpace(text)
		wrong := f.check(variable, text)
		switch {
		case text == "" && f.tag.Get("empty") == "":
			_ = os.Unsetenv(variable)
		case wrong == "":
			_ = os.Setenv(variable, text) // it was a variable before, so it can be one
		default:
			_ = os.Unsetenv(variable)
			problem = wrong
		}
	}
	if f.argument == nil {
		return problem
	}
	text := strings.TrimSpace(*f.argument)
	problem = f.check(f.Name, text)
	if f.Secret {
		problem = fmt.Sprintf("--%s: secrets are not accepted as arguments, which other processes can read: "+
			"set the variable %s", f.Flag, f.Variable)
	}
	f.argument = nil
	if problem == "" {
		f.argument = &text
	}
	return problem
}
