package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/deadletter"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// listLetters shows a line for each letter as it comes, and then how many there are for each reason.
func (c *command) listLetters(ctx context.Context, d *deadLettering, queues *deadletter.Queues) error {
	kinds, shown := map[string]int{}, 0
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &readers{Writer: c.stdout, end: cancel}
	seen, err := queues.Read(ctx, d.filter(), func(l *deadletter.Letter) {
		shown++
		kinds[l.Queue+": "+l.Kind()]++
		if d.JSON {
			writeLine(out, l)
			return
		}
		writeLetter(out, l)
	})
	if err != nil && !out.gone {
		return err
	}
	if !d.JSON {
		writeKinds(out, kinds, shown)
	}
	if seen.Hidden > 0 {
		c.say("%s", hidden(seen.Hidden))
	}
	return nil
}

func writeLetter(out io.Writer, l *deadletter.Letter) {
	why := l.Reason
	if l.Reason == deadletter.TooOften {
		why = fmt.Sprintf("%s: %d times", why, l.Receives)
	}
	_, _ = fmt.Fprintf(out, "%s  %4s  %-36s  %-16s  %s\n", l.Time.UTC().Format("2006-01-02 15:04:05Z"), brief(time.Since(l.Time)),
		terminal.Line(l.EventID), terminal.Line(l.EventType), terminal.Line(shorten(why)))
}

// shorten cuts off what would fill more than a line.
func shorten(text string) string {
	if r := []rune(text); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return text
}

func writeKinds(out io.Writer, kinds map[string]int, shown int) {
	_, _ = fmt.Fprintln(out, number(shown, "dead letter")+".")
	byCount := slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		if kinds[a] != kinds[b] {
			return kinds[b] - kinds[a]
		}
		return strings.Compare(a, b)
	})
	for _, kind := range byCount {
		_, _ = fmt.Fprintf(out, "  %6d  %s\n", kinds[kind], terminal.Line(kind))
	}
}

// showLetter shows all of a letter.
func (c *command) showLetter(ctx context.Context, d *deadLettering, queues *deadletter.Queues) error {
	found := 0
	seen, err := queues.Read(ctx, d.filter(), func(l *deadletter.Letter) {
		found++
		if d.JSON {
			writeLine(c.stdout, struct {
				*deadletter.Letter
				Event any `json:"event"`
			}{l, eventOf(l.Body())})
			return
		}
		writeWhole(c.stdout, l)
	})
	switch {
	case err != nil:
		return err
	case found == 0 && seen.Hidden > 0:
		return fmt.Errorf("no dead letter has the id %s. %s", d.Given[1], hidden(seen.Hidden))
	case found == 0:
		return fmt.Errorf("no dead letter has the id %s: stack dead-letters list prints the ids", d.Given[1])
	}
	return nil
}

// eventOf is the event as JSON, or as a text where it is none.
func eventOf(body string) any {
	if json.Valid([]byte(body)) {
		return json.RawMessage(body)
	}
	return body
}

func writeWhole(out io.Writer, l *deadletter.Letter) {
	rows := [][]string{
		{"event", terminal.Line(l.EventID)},
		{"message", terminal.Line(l.ID)},
		{"queue", l.Queue},
		{"sent", l.Sent.Format(time.RFC3339) + ", " + brief(time.Since(l.Sent)) + " ago"},
		{"received", number(l.Receives, "time") + " before"},
	}
	for _, name := range slices.Sorted(maps.Keys(l.Attributes)) {
		rows = append(rows, []string{terminal.Line(name), terminal.Line(l.Attributes[name])})
	}
	_, _ = fmt.Fprintln(out, terminal.Line(l.Reason))
	writeTable(out, rows)
	body := l.Body()
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(body), "", "  ") == nil {
		body = pretty.String()
	}
	for line := range strings.Lines(body) {
		_, _ = fmt.Fprintln(out, terminal.Line(strings.TrimRight(line, "\r\n")))
	}
}
