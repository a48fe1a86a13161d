package pattern

import "bytes"

// Event is one event of a text.
type Event struct {
	Text []byte
	Line int // where it begins, from 1
}

// ParseEvents reads a text of one event, of several one after the other, such as one a line, or of arrays of them. The file is used in
// messages only. Its error is an *Error and names the first mistake.
func ParseEvents(file string, text []byte) ([]Event, error) {
	e := events{src: newSource(file, text), line: 1}
	r := &reader{src: e.src, text: e.src.text}
	if err := r.encoding(); err != nil {
		return nil, err
	}
	for r.peek(); r.pos < len(r.text); r.peek() {
		n, err := r.value()
		if err != nil {
			return nil, err
		}
		nodes := []*node{n}
		if n.kind == kindArray {
			nodes = n.items
		}
		for _, n := range nodes {
			if err := e.add(n); err != nil {
				return nil, err
			}
		}
	}
	if len(e.all) == 0 {
		return nil, e.src.errorAt(0, 0, "", "there is no event here; expected one, several one after the other, or an array of them")
	}
	return e.all, nil
}

// events are the events of a text that is being read.
type events struct {
	src  *source
	all  []Event
	seen int // how much of the text the line is counted in
	line int
}

func (e *events) add(n *node) *Error {
	if n.kind != kindObject {
		return e.src.errorAt(n.off, n.end, "", "an event is a JSON object, this is "+string(n.kind))
	}
	e.line += bytes.Count(e.src.text[e.seen:n.off], []byte("\n"))
	e.seen = n.off
	e.all = append(e.all, Event{Text: e.src.text[n.off:n.end], Line: e.line})
	return nil
}
