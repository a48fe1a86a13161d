// Package jsonread reads the few members that the forwarder needs of a JSON text, in one pass and in place: of SQS's
// answers and of EventBridge events. Its fuzz test holds it against encoding/json.
//
// It is a scanner of its own because jsontext, the fastest of the kept ones, made an event of 0.7 kB cost 10 to 14 %
// more CPU time in cmd/bench: 87 µs instead of 76.
package jsonread

import "iter"

// maxDepth is how deep JSON may nest, as for encoding/json: a message of nothing but brackets must not cost memory.
const maxDepth = 10_000

// Reader reads one text from front to back. After the first fault it is bad: it stands at the end and yields nothing
// more.
type Reader struct {
	text  []byte
	at    int
	depth int
	bad   bool
}

// Read calls read with a reader of text, and reports whether all of the text has been read and was one JSON value.
// The text must not change meanwhile, and Bytes uses it up.
func Read(text []byte, read func(*Reader)) (valid bool) {
	r := &Reader{text: text}
	read(r)
	r.space()
	return !r.bad && r.at == len(text)
}

// Raw passes the value that comes next and returns its text, nil when it is no JSON.
func (r *Reader) Raw() []byte {
	r.space()
	from := r.at
	r.pass()
	if r.bad {
		return nil
	}
	return r.text[from:r.at]
}

// Members iterates over the names of the object that comes next; anything else is passed and has none. The loop may
// read the value that follows its name; what it leaves is passed. A loop that is left early leaves the reader bad.
func (r *Reader) Members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if r.space() != '{' {
			r.pass()
			return
		}
		for more := r.enter('}'); more; more = r.next('}') {
			name := r.name()
			if r.bad || !r.visit(func() bool { return yield(unquoted(name)) }) {
				return
			}
		}
	}
}

// Elements iterates over the array that comes next, in the manner of Members.
func (r *Reader) Elements() iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		if r.space() != '[' {
			r.pass()
			return
		}
		for more := r.enter(']'); more; more = r.next(']') {
			if !r.visit(func() bool { return yield(struct{}{}) }) {
				return
			}
		}
	}
}

// visit has the body of a loop read a value, and passes the value when it did not.
func (r *Reader) visit(body func() bool) (more bool) {
	value := r.at
	if !body() {
		r.fail()
		return false
	}
	if r.at == value {
		r.pass()
	}
	return true
}

// pass passes one value of any kind.
func (r *Reader) pass() {
	switch r.space() {
	case '{':
		for more := r.enter('}'); more; more = r.next('}') {
			r.name()
			r.pass()
		}
	case '[':
		for more := r.enter(']'); more; more = r.next(']') {
			r.pass()
		}
	case '"':
		r.string()
	case 't':
		r.literal("true")
	case 'f':
		r.literal("false")
	case 'n':
		r.literal("null")
	default:
		r.number()
	}
}

// enter passes an opening bracket and reports whether an element follows.
func (r *Reader) enter(closing byte) bool {
	r.at++
	if r.depth++; r.depth > maxDepth {
		r.fail()
		return false
	}
	return !r.leave(closing)
}

// next passes the comma or the closing bracket after an element and reports whether another element follows.
func (r *Reader) next(closing byte) bool {
	if r.leave(closing) {
		return false
	}
	r.take(',')
	return !r.bad
}

// leave passes a closing bracket, if that comes next.
func (r *Reader) leave(closing byte) bool {
	if r.space() != closing {
		return false
	}
	r.at++
	r.depth--
	return true
}

// name passes a member's name and its colon, and returns the name as it stands there.
func (r *Reader) name() []byte {
	if r.space() != '"' {
		r.fail()
		return nil
	}
	from := r.at
	r.string()
	to := r.at
	r.take(':')
	return r.text[from:to]
}

// take passes c, which has to come next.
func (r *Reader) take(c byte) {
	if r.space() != c {
		r.fail()
		return
	}
	r.at++
}

// space passes white space and returns what follows, 0 at the end.
func (r *Reader) space() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (r *Reader) fail() {
	r.bad = true
	r.at = len(r.text)
}
