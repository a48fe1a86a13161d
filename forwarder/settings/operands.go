package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Operands are what others say of the arguments that are no settings.
type Operands struct {
	Usage, Meaning string   // "" when there are none
	Accept         []string // or, where not only these are accepted, those that a shell offers: the tag offer
	File           bool
}

// operand is what a program takes besides settings: a field of type []string with the tag operands, which names one of
// them in messages and in -h. The tags min and max bound how many there are, accept lists what each may be.
type operand struct {
	Operands
	name        string
	least, most int // how many there must and may be, most 0 for any number
	only        []string
	value       reflect.Value
}

// operandOf finds the field in the struct v or in those embedded in it.
func operandOf(v reflect.Value) (o operand, found bool) {
	for i := range v.NumField() {
		def := v.Type().Field(i)
		if name := def.Tag.Get("operands"); name != "" {
			return newOperand(name, def.Tag, v.Field(i)), true
		}
		if def.Anonymous && def.Type.Kind() == reflect.Struct {
			if o, found = operandOf(v.Field(i)); found {
				return o, true
			}
		}
	}
	return operand{}, false
}

// newOperand has the synopsis put the operand in brackets when it may be left out, with dots when there may be several.
func newOperand(name string, tag reflect.StructTag, value reflect.Value) operand {
	o := operand{name: name, only: list(tag.Get("accept")), value: value}
	o.least, _ = strconv.Atoi(tag.Get("min"))
	o.most, _ = strconv.Atoi(tag.Get("max"))
	o.Usage, o.Meaning, o.Accept, o.File = name, bracketed(tag.Get("desc"), o.only), o.only, tag.Get("file") != ""
	if offer := list(tag.Get("offer")); offer != nil {
		o.Accept = offer
	}
	if o.most != 1 {
		o.Usage += "…"
	}
	if o.least == 0 {
		o.Usage = "[" + o.Usage + "]"
	}
	return o
}

// take sets the field, which envconfig may have filled from a variable of its name, and returns what is wrong with the
// operands.
func (o operand) take(all []string) []string {
	o.value.Set(reflect.ValueOf(all))
	var problems []string
	switch {
	case len(all) >= o.least:
	case o.least == 1:
		problems = append(problems, fmt.Sprintf("%s is missing: %s", o.name, o.Meaning))
	default:
		problems = append(problems, fmt.Sprintf("%s are at least %d, not %d: %s", o.Usage, o.least, len(all), o.Meaning))
	}
	if o.most > 0 && len(all) > o.most {
		problems = append(problems, fmt.Sprintf("unknown argument %s: -h lists what is accepted", all[o.most]))
	}
	for _, one := range all {
		if o.only != nil && !slices.Contains(o.only, one) {
			problems = append(problems, fmt.Sprintf("%s is %q: accepted are %s", o.name, one, strings.Join(o.only, ", ")))
		}
	}
	return problems
}
