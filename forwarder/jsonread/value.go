package jsonread

// maxDepth is how deep JSON may nest, as for encoding/json: a message of nothing but brackets must not cost memory.
const maxDepth = 10_000

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

func (r *Reader) take(c byte) bool {
	if r.space() != c {
		return false
	}
	r.at++
	return true
}

// value passes one value of any kind.
func (r *Reader) value() bool {
	r.stack = r.stack[:0]
	for {
		opened, ok := r.open()
		if !ok {
			return false
		}
		if opened {
			continue
		}
		if done, ok := r.close(); !ok || done {
			return ok
		}
	}
}

// open passes a scalar, or the beginning of an object or array up to its first value.
func (r *Reader) open() (opened, ok bool) {
	switch r.space() {
	case '{':
		r.at++
		return r.nest('}')
	case '[':
		r.at++
		return r.nest(']')
	}
	return false, r.scalar()
}

func (r *Reader) nest(closing byte) (opened, ok bool) {
	if r.take(closing) {
		return false, true
	}
	if r.stack = append(r.stack, closing); len(r.stack) > maxDepth {
		return false, false
	}
	return true, closing == ']' || r.name()
}

// close passes what may stand after a value, up to the next one; done means that the outermost value has ended.
func (r *Reader) close() (done, ok bool) {
	for len(r.stack) > 0 {
		closing := r.stack[len(r.stack)-1]
		if r.take(',') {
			return false, closing == ']' || r.name()
		}
		if !r.take(closing) {
			return false, false
		}
		r.stack = r.stack[:len(r.stack)-1]
	}
	return true, true
}

// name passes a member's name and its colon.
func (r *Reader) name() bool {
	if r.space() != '"' || !r.string() {
		return false
	}
	r.end = r.at
	return r.take(':')
}

func (r *Reader) scalar() bool {
	switch r.space() {
	case '"':
		return r.string()
	case 't':
		return r.literal("true")
	case 'f':
		return r.literal("false")
	case 'n':
		return r.literal("null")
	}
	return r.number()
}

func (r *Reader) literal(word string) bool {
	if len(r.text)-r.at < len(word) || string(r.text[r.at:r.at+len(word)]) != word {
		return false
	}
	r.at += len(word)
	return true
}

func (r *Reader) string() bool {
	text := r.text
	for i := r.at + 1; ; {
		i += plain(text[i:])
		if i >= len(text) {
			return false
		}
		switch text[i] {
		case '"':
			r.at = i + 1
			return true
		case '\\':
			n := escape(text[i:])
			if n == 0 {
				return false
			}
			i += n
		default:
			return false
		}
	}
}

// escape returns how long the escape at the beginning of text is, 0 when it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		for _, c := range text[2:6] {
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0
			}
		}
		return 6
	}
	return 0
}

func (r *Reader) number() bool {
	r.passOne('-')
	if !r.passOne('0') && !r.digits() {
		return false
	}
	if r.passOne('.') && !r.digits() {
		return false
	}
	if r.passOne('e') || r.passOne('E') {
		if !r.passOne('+') {
			r.passOne('-')
		}
		return r.digits()
	}
	return true
}

func (r *Reader) passOne(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *Reader) digits() bool {
	from := r.at
	for r.at < len(r.text) && isDigit(r.text[r.at]) {
		r.at++
	}
	return r.at > from
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
