package main

import (
	"bytes"
	"embed"
	"os"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3" // it quotes what YAML 1.1, which Dispatch's client reads, takes for no text

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

//go:embed templates
var templateFiles embed.FS

// templates are the longer texts that the command prints, and the files that it writes.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"env":        os.Getenv,
	"join":       strings.Join,
	"line":       terminal.Line,
	"madeImage":  madeImage,
	"next":       func(i int) int { return i + 1 },
	"number":     number,
	"quote":      quoteYAML,
	"soloResync": func() string { return soloResync },
}).ParseFS(templateFiles, "templates/*"))

// render fills a template.
func render(name string, with any) string {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, with); err != nil {
		panic(err) // a mistake in the template, which every test would show
	}
	return b.String()
}

// quoteYAML is a text as YAML has it.
func quoteYAML(text string) (string, error) {
	quoted, err := yaml.Marshal(text)
	return strings.TrimSuffix(string(quoted), "\n"), err
}
