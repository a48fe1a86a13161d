package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// say writes a line to stderr. Parts of the text may come from AWS, an event or a receiver, so control characters are
// replaced.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintln(p.stderr, terminal.Lines(fmt.Sprintf(format, args...)))
}

// show writes text to out or, for a program, the object v, which says the same.
func show(out io.Writer, asJSON bool, v any, text string) error {
	if asJSON {
		return writeJSON(out, v)
	}
	_, err := io.WriteString(out, text)
	return err
}

// writeJSON writes one object on one line.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(terminal.Writer{Writer: out})
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// eventOf returns an event for writeJSON: as JSON, or as a string if it is not valid JSON.
func eventOf(body []byte) any {
	if json.Valid(body) {
		return json.RawMessage(body)
	}
	return string(body)
}

var spaceAtEnd = regexp.MustCompile(` +\n`)

// table aligns columns, and leaves no space at the ends of lines.
func table(rows [][]string) string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for i := 1; i < len(row); i++ { // the first comes from this program, and may be coloured
			row[i] = terminal.Line(row[i])
		}
		_, _ = fmt.Fprintln(t, "  "+strings.Join(row, "\t"))
	}
	_ = t.Flush()
	return spaceAtEnd.ReplaceAllString(b.String(), "\n")
}

// colours are the codes of a terminal for the marks of plans and checks. All are equally long, so that marks align.
var colours = map[string]string{"+": "32", "✓": "32", "=": "36", "~": "33", "-": "31", "±": "31", "✗": "31"}

// coloured returns a mark in its colour.
func coloured(mark string, onTerminal bool) string {
	if !onTerminal {
		return mark
	}
	return "\x1b[" + colours[mark] + "m" + mark + "\x1b[0m"
}

// longest is the maximum width of a reason in a line.
const longest = 120

// invocation is how the user can start this program again: its path as it was started. Make starts it with the whole
// path, which is shortened if it is below the current folder.
func invocation() string {
	here, _ := os.Getwd()
	relative, err := filepath.Rel(here, os.Args[0])
	if err == nil && filepath.IsLocal(relative) && strings.Contains(relative, "/") {
		return relative
	}
	return os.Args[0]
}

//go:embed templates
var templateFiles embed.FS

// templates are the longer texts that the command prints.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"env":        os.Getenv,
	"join":       strings.Join,
	"line":       terminal.Line,
	"invocation": invocation,
	"next":       func(i int) int { return i + 1 },
	"number":     stack.Plural,
	"seconds":    func(n int) time.Duration { return time.Duration(n) * time.Second },
	"forwarder":  func() string { return strings.TrimSuffix(invocation(), filepath.Base(os.Args[0])) + "forwarder" },
	"hyphens":    func(text string) string { return strings.ReplaceAll(text, ".", "-") },
}).ParseFS(templateFiles, "templates/*"))

// render executes a template.
func render(name string, with any) string {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, with); err != nil {
		panic(err) // a mistake in the template, which the tests would show
	}
	return b.String()
}
