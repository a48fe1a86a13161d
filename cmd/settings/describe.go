package settings

import (
	"reflect"
	"strconv"
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

// Operands are what others say of the arguments that are no settings.
type Operands struct {
	Usage, Meaning string   // "" when there are none
	Accept         []string // or, where not only these are accepted, those that a shell offers: the tag offer
	File           bool
	Most           int // how many there may be, 0 for any number
}

// Describe lists the settings of the struct that of points to, and its operands.
func Describe(of any) ([]Setting, Operands) {
	var all []Setting
	for _, f := range unique(of) {
		tag := f.def.Tag
		s := Setting{
			Name: f.name, Flag: "--" + f.flag(), Variable: f.variables[len(f.variables)-1], Default: f.fallback(), Meaning: f.meaning(),
			File: tag.Get("file"), Bool: f.isBool(), Secret: f.secret(),
		}
		if accept := tag.Get("accept"); accept != "" {
			s.Accept = strings.Split(accept, "|")
		}
		all = append(all, s)
	}
	o, found := operandOf(reflect.ValueOf(of).Elem())
	if !found {
		return all, Operands{}
	}
	most, _ := strconv.Atoi(o.def.Tag.Get("max"))
	accept := o.accept()
	if offer := o.def.Tag.Get("offer"); offer != "" {
		accept = strings.Split(offer, "|")
	}
	return all, Operands{Usage: o.usage(), Meaning: o.meaning(), Accept: accept, File: o.def.Tag.Get("file") != "", Most: most}
}
