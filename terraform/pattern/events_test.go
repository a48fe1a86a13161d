package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const whole = `"id": "1", "detail-type": "d", "source": "s", "account": "1", ` +
	`"time": "2026-11-22T05:30:00Z", "region": "r"`

// read lists what a stream contains: each event with its line, or the error.
func read(t *testing.T, in io.Reader) (found []string) {
	t.Helper()
	for e, err := range ReadEvents("e", in) {
		if err != nil {
			found = append(found, err.Error())
			continue
		}
		if string(e.ID) != `"1"` {
			t.Errorf("the event %+v", e)
		}
		found = append(found, fmt.Sprintf("%d:%s", e.Line, strings.ReplaceAll(textOf(e.root), whole, "…")))
	}
	return found
}

// textOf returns a value as JSON, without line breaks between its parts.
func textOf(n *node) string {
	var parts []string
	for _, child := range n.children {
		part := textOf(child)
		if n.kind == kindObject {
			name, _ := json.Marshal(child.name)
			part = string(name) + ": " + part
		}
		parts = append(parts, part)
	}
	switch n.kind {
	case kindObject:
		return "{" + strings.Join(parts, ", ") + "}"
	case kindArray:
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return n.raw
}

func TestReadEvents(t *testing.T) {
	for text, want := range map[string]string{
		`{…}`:                            `1:{…}`,
		"\ufeff\n{…,\"a\":\n 1}\n":       `2:{…, "a": 1}`,
		"{…}\n\n{…,\"a\":2}\r\n":         `1:{…} 3:{…, "a": 2}`,
		`{…}{…}`:                         `1:{…} 1:{…}`,
		"[{…},\n {…}]\n{…}\n[]":          `1:{…} 2:{…} 3:{…}`,
		`{…,"a":"]}\"{","b":["\\"]} {…}`: `1:{…, "a": "]}\"{", "b": ["\\"]} 1:{…}`,
	} {
		text = strings.ReplaceAll(text, "…", whole)
		for name, in := range map[string]io.Reader{
			"at once":      strings.NewReader(text),
			"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
			"UTF-16":       bytes.NewReader(utf16(t, strings.TrimPrefix(text, "\ufeff"))),
		} {
			if got := strings.Join(read(t, in), " "); got != want {
				t.Errorf("%q %s:\n got %q\nwant %q", text, name, got, want)
			}
		}
	}
}

// TestReadEventsGoesOn checks that the event after each mistake is found.
func TestReadEventsGoesOn(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\": tru}\n":        `e:1:10: invalid character '}' in literal true (expecting 'e')`,
		"5\n":                   `e:1:1: an event is a JSON object, this is a number`,
		"aws.ec2 {\n":           `e:1:1: invalid character 'a' at start of value; put text in double quotes`,
		"{\"a\": \"b\n":         `e:1:9: invalid character '\n' in string (expecting non-control character)`,
		"{\"a\": 1 {}\n":        `e:1:9: invalid character '{' after object value (expecting ',' or '}')`,
		"{\"a\": {\"b\": [1]\n": `e:2:1: invalid character '{' after object value (expecting ',' or '}')`,
		"{\"a\": \"\xff\"}\n":   `e:1:8: this is not UTF-8; save the file as UTF-8`,
		"[[{}]]\n":              `e:1:2: an event is a JSON object, this is an array`,
		"[,]\n":                 `e:1:2: invalid character ',' at start of value; remove the comma, nothing follows`,
		"]\n":                   `e:1:1: invalid character ']' at start of value`,
		"{}": `e:1:1: this is not a complete EventBridge event: it lacks id, detail-type, ` +
			`source, account, time, region; if it is only the detail of an event, put it into "detail" of a complete event`,
		`{"detail": {"v": 1}}`: `e:1:1: this is not a complete EventBridge event: it lacks id, detail-type, ` +
			`source, account, time, region; if it is only the detail of an event, put it into "detail" of a complete event`,
		`{…, "time": "today"}`: `1:{…, "time": "today"}`,
		`{"source": "s","id":1}`: `e:1:1: this is not a complete EventBridge event: it lacks detail-type, ` +
			`account, time, region; if it is only the detail of an event, put it into "detail" of a complete event`,
		strings.Replace(`  {…}`, "…", strings.ReplaceAll(whole, "2026-11", "2026-13"), 1): `e:1:3: this is not a valid ` +
			`EventBridge event: its time is "2026-13-22T05:30:00Z", but must have the form "2026-11-22T05:30:00Z"`,
	} {
		text = strings.ReplaceAll(text, "…", whole)
		got := read(t, strings.NewReader(text+"{"+whole+"}"))
		if len(got) < 2 || !strings.HasSuffix(got[len(got)-1], ":{…}") || strings.Join(got[:len(got)-1], " ") != want {
			t.Errorf("%q:\n got %q\nwant %q and an event", text, got, want)
		}
	}
}

// TestReadEventsReadsOnAtAMistake has a literal, where a name is expected, that has not been read to its end.
func TestReadEventsReadsOnAtAMistake(t *testing.T) {
	got := read(t, iotest.OneByteReader(strings.NewReader("{\ntru/\n{"+whole+"}")))
	want := "e:2:4: invalid character '/' in literal true (expecting 'e'); JSON has no comments 3:{…}"
	if strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadEventsEnds(t *testing.T) {
	for text, want := range map[string]string{
		"":                  `e:1:1: there is no event here; expected an event, several of them, or an array of events`,
		"[]\n":              `e:2:1: there is no event here; expected an event, several of them, or an array of events`,
		"[{" + whole + "},": `e:1:*: the text ends here; something is not closed, or a value is missing`,
		`{"a": 1`:           `e:1:8: the text ends here; something is not closed, or a value is missing`,
	} {
		got := read(t, strings.NewReader(text))
		last := got[len(got)-1]
		before, after, _ := strings.Cut(want, "*")
		if !strings.Contains(last, before) || !strings.HasSuffix(last, after) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, err := range ReadEvents("e", iotest.ErrReader(os.ErrPermission)) {
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("got %v", err)
		}
	}
	// An error that a reader returns once, such as after an interrupt, ends the sequence before anything else is read.
	for _, err := range ReadEvents("e", &failsOnce{strings.NewReader(s3Event), os.ErrPermission}) {
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("got %v", err)
		}
	}
	count := 0
	for _, err := range ReadEvents("e", strings.NewReader(`{"a": [`+strings.Repeat("0,", maxEvent))) {
		if count++; err == nil || !strings.Contains(err.Error(), "more than 4194304 bytes") {
			t.Errorf("got %v", err)
		}
	}
	if count != 1 {
		t.Errorf("an endless event is %d errors, want one", count)
	}
}

// failsOnce is a reader whose first read fails.
type failsOnce struct {
	io.Reader
	err error
}

func (r *failsOnce) Read(p []byte) (int, error) {
	if err := r.err; err != nil {
		r.err = nil
		return 0, err
	}
	return r.Reader.Read(p)
}

// FuzzReadEvents looks for texts that count as events although they are not, or for mistakes whose place is outside the
// text.
func FuzzReadEvents(f *testing.F) {
	for _, text := range []string{
		"",
		s3Event,
		s3Event + "\n" + trailEvent,
		"[" + s3Event + ",\n{}]",
		"{}\n[{}, 5]",
		"\ufeff{}",
		`[{"a": [[]]}`,
	} {
		f.Add([]byte(text))
	}
	p, err := parse([]byte(`{"source": ["aws.s3"], "detail": {"object": {"key": [{"wildcard": "images/*"}]}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decoded, _, _ := transform.Bytes(unicode.BOMOverride(transform.Nop), text)
		count := 0
		for e, err := range ReadEvents("e", bytes.NewReader(text)) {
			count++
			if err != nil {
				checkPlace(t, text, err)
				continue
			}
			if !json.Valid([]byte(textOf(e.root))) || e.Line < 1 || !bytes.Contains(decoded, e.ID) {
				t.Fatalf("%q: %q on line %d is no event", text, textOf(e.root), e.Line)
			}
			p.Explain(e)
		}
		if count == 0 {
			t.Fatalf("%q: no event and no error", text)
		}
	})
}
