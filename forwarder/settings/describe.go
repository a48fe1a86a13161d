package settings

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// Setting is what others say of a setting: a shell's completion, a manual page.
type Setting struct {
	Name, Flag       string // of the setting, and the argument
	Variable         string
	Default, Meaning string // as in -h
	Accept           []string
	File             string // file or folder, when the value names one
	Bool, Secret     bool   // a secret has no argument
}

// Describe lists the settings of the struct that of points to, each once, and its operands.
func Describe(of any) ([]Setting, Operands) {
	var all []Setting
	for _, f := range unique(of) {
		all = append(all, f.Setting)
	}
	o, _ := operandOf(reflect.ValueOf(of).Elem())
	return all, o.Operands
}

func unique(of any) []*field {
	seen := map[string]bool{}
	return slices.DeleteFunc(fieldsOf(reflect.ValueOf(of).Elem()), func(f *field) bool {
		again := seen[f.Name]
		seen[f.Name] = true
		return again
	})
}

// describe reads the tags.
func (f *field) describe(prefix string) {
	variable := f.tag.Get("envconfig")
	name := strings.TrimPrefix(variable, prefix)
	f.Setting = Setting{
		Name: name, Flag: "--" + strings.ReplaceAll(strings.ToLower(name), "_", "-"), Variable: variable,
		Default: cmp.Or(f.tag.Get("defaultdesc"), f.tag.Get("default"), "–"), Accept: list(f.tag.Get("accept")),
		File: f.tag.Get("file"), Bool: f.value.Kind() == reflect.Bool, Secret: f.tag.Get("secret") == "true",
	}
	if f.Bool && f.Default == "–" {
		f.Default = "false"
	}
	f.Meaning = f.meaning()
}

// list splits what a tag lists; nil when it lists nothing.
func list(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, "|")
}

// meaning is the description with the unit, the range and the accepted values.
func (f *field) meaning() string {
	more := []string{f.tag.Get("unit"), f.limits("%s–%s", "at least %s")}
	return bracketed(f.tag.Get("desc"), append(more, f.Accept...))
}

// bracketed is a description with those of more that are not empty in brackets.
func bracketed(text string, more []string) string {
	more = slices.DeleteFunc(slices.Clone(more), func(word string) bool { return word == "" })
	if len(more) == 0 {
		return text
	}
	return text + " (" + strings.Join(more, ", ") + ")"
}
