package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

//go:embed completion
var completions embed.FS

// shell is what completion takes.
type shell struct {
	Shell []string `operands:"SHELL" min:"1" max:"1" accept:"bash|zsh|fish" desc:"the shell that is to complete"`
}

// completion prints a script that completes verbs, settings and their values in a shell.
func (c *command) completion(_ context.Context, args []string) error {
	var s shell
	if err := settings.Load(&s, args); err != nil {
		return err
	}
	return writeCompletion(c.stdout, s.Shell[0])
}

func writeCompletion(out io.Writer, shell string) error {
	script, err := template.New(shell+".tmpl").Funcs(template.FuncMap{
		"join": joined, "flags": flags, "verbs": verbWords, "pick": pick,
		"fish": fishQuoted, "fishOption": fishOption, "zshOption": zshOption, "zshVerb": zshVerb,
	}).ParseFS(completions, "completion/"+shell+".tmpl")
	if err != nil {
		return fmt.Errorf("read completion: %w", err)
	}
	verbs, forwarder := describedVerbs(), describedForwarder()
	err = script.Execute(out, map[string]any{"Verbs": verbs, "Forwarder": forwarder, "All": append(verbs, forwarder)})
	if err != nil {
		return fmt.Errorf("write completion: %w", err)
	}
	return nil
}

func joined(words []string) string { return strings.Join(words, " ") }

func flags(d described) string {
	var all []string
	for _, s := range d.Arguments() {
		all = append(all, s.Flag)
	}
	return joined(all)
}

func verbWords(all []described) string {
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	return joined(names)
}

// pick lists the arguments, each once, whose values are of a kind: file, folder, bool or text.
func pick(all []described, kind, between string) string {
	var picked []string
	for _, d := range all {
		for _, s := range d.Arguments() {
			if kindOf(s) == kind && !slices.Contains(picked, s.Flag) {
				picked = append(picked, s.Flag)
			}
		}
	}
	return strings.Join(picked, between)
}

func kindOf(s settings.Setting) string {
	switch {
	case s.Accept != nil:
		return "choice"
	case s.File != "":
		return s.File
	case s.Bool:
		return "bool"
	}
	return "text"
}

// fishQuoted is a text in quotes, in which fish reads \ and ' alone.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func fishOption(s settings.Setting) string {
	takes := map[string]string{
		"choice": " -x -a " + fishQuoted(joined(s.Accept)), "file": " -r -F", "folder": " -x -a '(__fish_complete_directories)'", "bool": "", "text": " -x",
	}[kindOf(s)]
	return "-l " + strings.TrimPrefix(s.Flag, "--") + takes + " -d " + fishQuoted(s.Meaning)
}

// zshOption is what _arguments reads: '--setting=[meaning]:what:how to complete it'.
func zshOption(s settings.Setting) string {
	meaning := "[" + strings.NewReplacer(`\`, `\\`, `]`, `\]`, `[`, `\[`).Replace(s.Meaning) + "]"
	takes := map[string]string{
		"choice": ":value:(" + joined(s.Accept) + ")", "file": ":file:_files", "folder": ":folder:_files -/", "bool": "", "text": ":" + s.Name + ": ",
	}[kindOf(s)]
	assign := "="
	if s.Bool {
		assign = ""
	}
	return zshQuoted(s.Flag + assign + meaning + takes)
}

func zshVerb(d described) string {
	return zshQuoted(d.Name + ":" + strings.ReplaceAll(d.Does, ":", `\:`))
}

func zshQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
