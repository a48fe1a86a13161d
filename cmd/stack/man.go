package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

//go:embed man
var manuals embed.FS

// page is what man takes.
type page struct {
	Page []string `operands:"PROGRAM" max:"1" accept:"stack|forwarder" desc:"the program that it is of, stack unless it is given"`
}

func (c *command) man(_ context.Context, args []string) error {
	var p page
	if err := settings.Load(&p, args); err != nil {
		return err
	}
	version, day := relay.Released()
	return writeManual(c.stdout, append(p.Page, "stack")[0], version, day)
}

func writeManual(out io.Writer, program, version, day string) error {
	text, err := template.New(program+".tmpl").Funcs(template.FuncMap{"roff": roff, "placeholder": placeholder}).
		ParseFS(manuals, "man/"+program+".tmpl", "man/settings.tmpl")
	if err != nil {
		return fmt.Errorf("read manual page: %w", err)
	}
	var verbs []verbSection
	own := describe("", "", &Config{}).Settings
	for _, d := range describedVerbs() {
		verbs = append(verbs, sectionOf(d, own))
	}
	err = text.Execute(out, map[string]any{
		"Version": version, "Day": day, "Verbs": verbs, "Settings": own, "Forwarder": describedForwarder(),
	})
	if err != nil {
		return fmt.Errorf("write manual page: %w", err)
	}
	return nil
}

// verbSection is a verb as the page shows it: its settings apart from those that are shown once for all.
type verbSection struct {
	described
	Few      []settings.Setting // all that it takes, when it takes not even most of the stack's
	Further  []settings.Setting // those that are its own
	Forwards bool               // it takes the forwarder's
}

func sectionOf(d described, own []settings.Setting) verbSection {
	v := verbSection{described: d}
	forwarders := describedForwarder().Settings
	shared := 0
	for _, s := range d.Settings {
		switch {
		case has(own, s):
			shared++
		case has(forwarders, s):
			v.Forwards = true
		default:
			v.Further = append(v.Further, s)
		}
	}
	if shared < len(own)/2 {
		v.Few = slices.DeleteFunc(slices.Clone(d.Settings), func(s settings.Setting) bool { return has(v.Further, s) })
	}
	return v
}

// has leaves the meaning aside where there is a setting of that name.
func has(all []settings.Setting, s settings.Setting) bool {
	return slices.ContainsFunc(all, func(o settings.Setting) bool { return o.Name == s.Name && slices.Equal(o.Accept, s.Accept) })
}

// roff is text as man's language has it: no character of it commands anything, and all are ASCII.
func roff(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '"':
			b.WriteString(`\(dq`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '→':
			b.WriteString(`\(->`)
		case r == '–':
			b.WriteString(`\(en`)
		case r == '…':
			b.WriteString(`...`)
		case r > unicode.MaxASCII:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	if text != "" && text[0] == '.' {
		return `\&` + b.String()
	}
	return b.String()
}

// placeholder is what stands for the value in an argument; a switch has none.
func placeholder(s settings.Setting) string {
	switch {
	case s.Bool:
		return ""
	case s.File != "":
		return s.File
	}
	return "value"
}
