// Package jsonread reads the few members that the forwarder needs from a JSON text (an answer of SQS or an EventBridge
// event), in one pass and in place. Its fuzz test compares it with encoding/json.
//
// It has its own scanner because with jsontext, the fastest of the maintained JSON libraries, an event of 0.7 kB cost
// 10 to 14 % more CPU time in cmd/bench: 87 µs instead of 76.
package jsonread

import "iter"

// maxDepth is how deep JSON may nest, as for encoding/json: a message that consists of brackets must not cost memory.
const maxDepth = 10_000

// Reader reads one text from front to back. After the first error, the reader is at the end and yields nothing more.
type Reader struct {
	text  []byte
	at    int
	depth int
	bad   bool // there was an error
}

// Read calls read with a reader of text, and reports whether all of the text has been read and was one JSON value. The
// caller must not change the text while read runs, nor while it uses bytes that the reader has returned. Bytes
// decodes in place, which changes the text: afterwards it is possibly no longer JSON.
func Read(text []byte, read func(*Reader)) (valid bool) {
	r := &Reader{text: text}
	read(r)
	r.space()
	return !r.bad && r.at == len(text)
}

// Raw skips the next value and returns its text, or nil if it is not JSON.
func (r *Reader) Raw() []byte {
	r.space()
	from := r.at
	r.skip()
	if r.bad {
		return nil
	}
	return r.text[from:r.at]
}

// Members iterates over the names of the next value, an object; any other value is skipped without an iteration. The
// loop's body may read the value that follows the name; a value that it does not read is skipped. Leaving the loop
// early counts as an error.
func (r *Reader) Members() iter.Seq[[]byte] { return r.values('{', '}') }

// Elements iterates over the elements of the next value, an array, in the same way as Members; the names are empty.
func (r *Reader) Elements() iter.Seq[[]byte] { return r.values('[', ']') }

func (r *Reader) values(opening, closing byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if r.space() != opening {
			r.skip()
			return
		}
		for more := r.enter(closing); more; more = r.next(closing) {
			var name []byte
			if opening == '{' {
				name = r.name()
			}
			value := r.at
			if r.bad || !yield(unquoted(nil, name)) {
				r.fail()
				return
			}
			if r.at == value {
				r.skip()
			}
		}
	}
}

// skip skips one value of any kind.
func (r *Reader) skip() {
	switch r.space() {
	case '{':
		for more := r.enter('}'); more; more = r.next('}') {
			r.name()
			r.skip()
		}
	case '[':
		for more := r.enter(']'); more; more = r.next(']') {
			r.skip()
		}
	case '"':
		r.string()
	default:
		r.scalar()
	}
}

// enter skips an opening bracket and reports whether an element follows.
func (r *Reader) enter(closing byte) bool {
	r.at++
	if r.depth++; r.depth > maxDepth {
		r.fail()
		return false
	}
	return !r.leave(closing)
}

// next skips the comma or the closing bracket after an element and reports whether another element follows.
func (r *Reader) next(closing byte) bool {
	if r.leave(closing) {
		return false
	}
	r.take(',')
	return !r.bad
}

// leave skips a closing bracket, if that comes next, and reports whether it did.
func (r *Reader) leave(closing byte) bool {
	if r.space() != closing {
		return false
	}
	r.at++
	r.depth--
	return true
}

// name skips a member's name and its colon, and returns the name, still quoted.
func (r *Reader) name() []byte {
	if r.space() != '"' {
		r.fail()
		return nil
	}
	from := r.at
	r.string()
	raw := r.text[from:r.at]
	r.take(':')
	return raw
}

// take skips c, which must come next.
func (r *Reader) take(c byte) {
	if r.space() != c {
		r.fail()
		return
	}
	r.at++
}

// space skips white space and returns the next byte, 0 at the end.
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
