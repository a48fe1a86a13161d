package main

import (
	"slices"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// described is a verb, or a program that has none, as completion and manual pages show it.
type described struct {
	Name, Does string // of the verb
	Settings   []settings.Setting
	Operands   settings.Operands
}

func describe(name, does string, of any) described {
	d := described{Name: name, Does: does}
	d.Settings, d.Operands = settings.Describe(of)
	return d
}

// describedVerbs are all that the command does.
func describedVerbs() []described {
	var all []described
	for _, v := range verbs() {
		all = append(all, describe(v.name, v.does, v.settings()))
	}
	return all
}

// describedForwarder is the other program: what is known of it is known here, too, so that it need not carry more than
// it runs.
func describedForwarder() described { return describe("", "", &relay.Settings{}) }

// Arguments are the settings that may be given as arguments.
func (d described) Arguments() []settings.Setting {
	return slices.DeleteFunc(slices.Clone(d.Settings), func(s settings.Setting) bool { return s.Secret })
}
