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

// field is one setting: a field of the program's struct, with its tags.
type field struct {
	Setting
	group   string // under which -h shows it
	tag     reflect.StructTag
	value   reflect.Value
	from    string  // the variable or the argument that sets it
	text    *string // what that says, nil when nothing does
	problem string  // what is wrong with it
}

// fieldsOf lists the settings of a struct. An embedded struct whose type is not exported has none: envconfig cannot
// fill it.
func fieldsOf(v reflect.Value) []*field {
	var fields []*field
	prefix, group := "", ""
	for i := range v.NumField() {
		def, value := v.Type().Field(i), v.Field(i)
		group = cmp.Or(def.Tag.Get("group"), group)
		switch {
		case def.Name == "_":
			prefix = def.Tag.Get("env")
		case def.Anonymous && def.Type.Kind() == reflect.Struct && value.CanSet():
			fields = append(fields, fieldsOf(value)...)
		case def.Tag.Get("envconfig") != "":
			f := &field{group: group, tag: def.Tag, value: value}
			f.describe(prefix)
			f.lookUp(prefix)
			fields = append(fields, f)
		}
	}
	return fields
}

// check returns what is wrong with a value that envconfig could read: it is out of range, or none of those accepted.
func (f *field) check() string {
	text, valid := fmt.Sprint(f.value.Interface()), true
	if f.text != nil {
		text = *f.text
	}
	switch v := f.value.Interface().(type) {
	case int:
		decimal, err := strconv.Atoi(text) // envconfig reads 010 as 8
		valid = err == nil && decimal == v && between(v, f.tag, strconv.Atoi)
	case time.Duration:
		valid = between(v, f.tag, time.ParseDuration)
	case string:
		valid = f.Accept == nil || v == "" || slices.Contains(f.Accept, v)
	}
	if valid {
		return ""
	}
	return f.refuse(f.Name, text)
}

func between[T cmp.Ordered](v T, tag reflect.StructTag, parse func(string) (T, error)) bool {
	lowest, err := parse(tag.Get("min"))
	if err == nil && v < lowest {
		return false
	}
	highest, err := parse(tag.Get("max"))
	return err != nil || v <= highest
}

// oneLine is the text, or nil for one that may not go into a header, a URL or a message as it is, which it notes. Not
// even text of several lines has a zero byte, which no variable can hold.
func (f *field) oneLine() *string {
	several := f.tag.Get("lines") != ""
	bad := func(r rune) bool { return r == 0 || unicode.IsControl(r) && !several }
	if f.text == nil || !strings.ContainsFunc(*f.text, bad) {
		return f.text
	}
	f.problem = f.Name + " holds a control character, such as a line break: text of one line is accepted"
	return nil
}

// refuse is the message for a value that is not accepted: what, where, and what is.
func (f *field) refuse(where, text string) string {
	if f.Secret {
		text = "(a secret)"
	}
	return fmt.Sprintf("%s is %q: %s", where, text, f.accepted())
}

// accepted says in words what the setting takes.
func (f *field) accepted() string {
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

// limits are min and max in words: in those of between when there are both, of from when there is only min.
func (f *field) limits(between, from string) string {
	switch lowest, highest := f.tag.Get("min"), f.tag.Get("max"); {
	case lowest == "":
		return ""
	case highest == "":
		return fmt.Sprintf(from, lowest)
	default:
		return fmt.Sprintf(between, lowest, highest)
	}
}
