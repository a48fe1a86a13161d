// Package jsonread reads the few members that the forwarder needs of a JSON text, in one pass and in place: of SQS's
// answers and of EventBridge events. Its fuzz test holds it against encoding/json.
//
// It is a scanner of its own because jsontext, the fastest of the kept ones, made an event of 0.7 kB cost 10 to 14 %
// more CPU time in cmd/bench: 87 µs instead of 76.
package jsonread

import "iter"

// Reader reads one text from front to back. After the first fault it is bad and yields nothing more.
type Reader struct {
	text  []byte
	at    int
	stack []byte // the closing brackets to come, of the value that is being passed
	end   int    // of the last name
	bad   bool
}

// Read has read called with a reader of text, and tells whether all of the text has been read and was one JSON value.
// The text must not change meanwhile, and Bytes uses it up.
func Read(text []byte, read func(*Reader)) (valid bool) {
	r := &Reader{text: text}
	read(r)
	return r.End()
}

// End tells whether all of the text has been read and was one JSON value.
func (r *Reader) End() bool { return !r.bad && r.space() == 0 && r.at == len(r.text) }

// Next is the first byte of the value that comes next, 0 when there is none.
func (r *Reader) Next() byte {
	if r.bad {
		return 0
	}
	return r.space()
}

// Raw passes the value that comes next and returns its text, nil when it is no JSON.
func (r *Reader) Raw() []byte {
	r.space()
	from := r.at
	if r.bad || !r.value() {
		r.bad = true
		return nil
	}
	return r.text[from:r.at]
}

// Members iterates over the names of the object that comes next; anything else is passed and has none. The loop may
// read the value that follows its name; what it leaves is passed.
func (r *Reader) Members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		r.each('{', '}', func() bool {
			r.space()
			from := r.at
			if !r.name() {
				return false
			}
			value := r.at
			return yield(decoded(r.text[from:r.end])) && r.passed(value)
		})
	}
}

// Elements iterates over the array that comes next, in the manner of Members.
func (r *Reader) Elements() iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		r.each('[', ']', func() bool {
			value := r.at
			return yield(struct{}{}) && r.passed(value)
		})
	}
}

// each calls one for every place where a value follows. A loop that was left has not read the rest, so it leaves the
// reader bad.
func (r *Reader) each(opens, closes byte, one func() bool) {
	if r.bad || r.space() != opens {
		r.Raw()
		return
	}
	r.at++
	if r.take(closes) {
		return
	}
	for one() {
		if r.take(closes) {
			return
		}
		if !r.take(',') {
			break
		}
	}
	r.bad = true
}

// passed passes the value that begins at from, unless the loop's body has read it.
func (r *Reader) passed(from int) bool {
	if r.at == from {
		r.Raw()
	}
	return !r.bad
}
