package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3" // it quotes what YAML 1.1, which Dispatch's client reads, takes for no text

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// say writes a line for the person. What it quotes may come from others: AWS, events, a receiver.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintln(p.stderr, terminal.Lines(fmt.Sprintf(format, args...)))
}

// writeJSON writes one object on one line. What is encoded here always can be.
func writeJSON(out io.Writer, v any) {
	e := json.NewEncoder(terminal.Writer{Writer: out})
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}

// eventOf is an event for writeJSON: JSON, or a text where it is none.
func eventOf(body []byte) any {
	if json.Valid(body) {
		return json.RawMessage(body)
	}
	return string(body)
}

// table aligns columns, and leaves no space at the ends of lines.
func table(rows [][]string) string {
	var b, trimmed strings.Builder
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for i := 1; i < len(row); i++ { // the first is the programs' own, and may be coloured
			row[i] = terminal.Line(row[i])
		}
		_, _ = fmt.Fprintln(t, "  "+strings.Join(row, "\t"))
	}
	_ = t.Flush()
	for line := range strings.Lines(b.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// paint colours, where that is wanted.
type paint bool

// colours are the codes of a terminal for the marks of plans and checks. All are equally long, so that marks align.
var colours = map[string]string{"+": "32", "✓": "32", "=": "36", "~": "33", "-": "31", "±": "31", "✗": "31"}

// mark is a mark in its colour.
func (p paint) mark(m string) string {
	if !p {
		return m
	}
	return "\x1b[" + colours[m] + "m" + m + "\x1b[0m"
}

// pipeWriter is standard output, and ends the context when nobody reads it any more, as in "… | head".
type pipeWriter struct {
	io.Writer
	end    func()
	closed bool
}

func (r *pipeWriter) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err != nil {
		r.closed = true
		r.end()
	}
	return n, err
}

// number is a count with its noun.
func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// brief is a time in its largest unit.
func brief(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%dd", d/day)
	case d >= time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", max(0, d/time.Second))
}

// shorten cuts off what would fill more than a line.
func shorten(text string) string {
	if r := []rune(text); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return text
}

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
	"sum":        func(a, b int) int { return a + b },
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
