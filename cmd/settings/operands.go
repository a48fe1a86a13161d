package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// operand is what a program takes besides settings: a field of type []string with the tag operands, which names one of them
// in messages and in -h. The tags min and max bound how many there are, accept lists what each may be.
type operand struct {
	name  string
	def   reflect.StructField
	value reflect.Value
}

// operandOf finds the field in the struct v or in those embedded in it.
func operandOf(v reflect.Value) (operand, bool) {
	for i := range v.NumField() {
		def := v.Type().Field(i)
		if def.Anonymous && def.Type.Kind() == reflect.Struct {
			if o, found := operandOf(v.Field(i)); found {
				return o, true
			}
		} else if name := def.Tag.Get("operands"); name != "" {
			return operand{name: name, def: def, value: v.Field(i)}, true
		}
	}
	return operand{}, false
}

// take sets the field and returns what is wrong with the operands.
func (o operand) take(all []string) []string {
	o.value.Set(reflect.ValueOf(all))
	var problems []string
	switch least, _ := strconv.Atoi(o.def.Tag.Get("min")); {
	case len(all) >= least:
	case least == 1:
		problems = append(problems, fmt.Sprintf("%s is missing: %s", o.name, o.meaning()))
	default:
		problems = append(problems, fmt.Sprintf("%s are at least %d, not %d: %s", o.usage(), least, len(all), o.meaning()))
	}
	if most, err := strconv.Atoi(o.def.Tag.Get("max")); err == nil && len(all) > most {
		problems = append(problems, fmt.Sprintf("unknown argument %s: -h lists what is accepted", all[most]))
	}
	if accept := o.accept(); accept != nil {
		for _, one := range all {
			if !slices.Contains(accept, one) {
				problems = append(problems, fmt.Sprintf("%s is %q: accepted are %s", o.name, one, strings.Join(accept, ", ")))
			}
		}
	}
	return problems
}

func (o operand) accept() []string {
	if list := o.def.Tag.Get("accept"); list != "" {
		return strings.Split(list, "|")
	}
	return nil
}

func (o operand) meaning() string {
	text := o.def.Tag.Get("desc")
	if accept := o.accept(); accept != nil {
		text += " (" + strings.Join(accept, ", ") + ")"
	}
	return text
}

// usage is the operand as a synopsis has it: in brackets when it may be left out, with dots when there may be several.
func (o operand) usage() string {
	text := o.name
	if o.def.Tag.Get("max") != "1" {
		text += "…"
	}
	if least, _ := strconv.Atoi(o.def.Tag.Get("min")); least == 0 {
		text = "[" + text + "]"
	}
	return text
}
