package jsonread

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// tree reads any text through the Reader's methods alone.
func tree(r *Reader) any {
	switch r.space() {
	case '{':
		object := map[string]any{}
		for name := range r.Members() {
			key := string(name)
			object[key] = tree(r)
		}
		return object
	case '[':
		array := []any{}
		for range r.Elements() {
			array = append(array, tree(r))
		}
		return array
	case '"':
		text, _ := r.Text()
		return text
	}
	var scalar any
	_ = json.Unmarshal(r.Raw(), &scalar)
	return scalar
}

func check(t *testing.T, text string) {
	t.Helper()
	var want any
	// a number may be too large, and is valid
	valid := json.Unmarshal([]byte(text), &want) == nil || json.Valid([]byte(text))
	var got any
	if ok := Read([]byte(text), func(r *Reader) { got = tree(r) }); ok != valid ||
		(valid && want != nil && !reflect.DeepEqual(got, want)) {
		t.Fatalf("%q: got %#v, want %#v", text, got, want)
	}
	// Whatever a loop does not read is passed.
	if ok := Read([]byte(text), func(r *Reader) {
		for range r.Members() {
		}
	}); ok != valid {
		t.Fatalf("%q: passing its members ends well: %t", text, ok)
	}
}

var seeds = []string{
	``,
	` `,
	`{}`,
	` [ ] `,
	`{"a":1}`,
	`{"a":{"b":[1,2,{"c":null}]},"d":"e"}`,
	`[1,-2.5e+10,0.0E-3,true,false,null]`,
	`"\u00e9\ud83d\ude00\ud800x\n\"\/"`,
	`{"`,
	`{"a"}`,
	`{"a":}`,
	`{,}`,
	`[1,]`,
	`[,1]`,
	`01`,
	`-`,
	`1.`,
	`.5`,
	`1e`,
	`tru`,
	`"\x"`,
	`"\u12g4"`,
	"\"\x01\"",
	`"unterminated`,
	`{"a":1`,
	`[1`,
	`1 2`,
	`{}{}`,
	`]`,
	`}`,
	`:`,
	`{"a":1]`,
	`[1}`,
	"\"\xff\xc3\x28\"",
	`{"\u0061":1,"a":2}`,
	"\ufeff{}",
	`"é"`,
	`"a longer \"string\" with \u00fc and \\ in it, éèà too"`,
	"\"more than eight \x1f\"",
	"\"\xff longer than eight\\n\"",
	`{"a":1,"a":{}}`,
	`9007199254740993`,
}

func TestAsEncodingJSON(t *testing.T) {
	for _, text := range seeds {
		check(t, text)
	}
	check(t, strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000))
	for _, open := range []string{"[", `{"a":`} {
		if Read([]byte(strings.Repeat(open, 1_000_000)), func(r *Reader) { r.Raw() }) {
			t.Error("a million brackets are valid")
		}
	}
}

func TestLoopThatIsLeft(t *testing.T) {
	if Read([]byte(`{"a":1,"b":2}`), func(r *Reader) {
		for range r.Members() {
			break
		}
		if r.Raw() != nil {
			t.Error("a reader whose loop was left goes on")
		}
	}) {
		t.Error("a text that was left is read to its end")
	}
	Read([]byte(`7`), func(r *Reader) {
		if text, ok := r.Text(); ok || text != "" {
			t.Errorf("a number is the text %q", text)
		}
	})
}

func BenchmarkMembers(b *testing.B) {
	text := []byte(`{"MessageId":"8e9d3b52-1f2c-4b52-9f5b-1c2d3e4f5a6b","Body":"` +
		strings.Repeat(`{\"name\":\"value\"},`, 40) + `","Attributes":{"SentTimestamp":"1700000000000"}}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if !Read(text, func(r *Reader) {
			for name := range r.Members() {
				if string(name) == "Body" {
					_, _ = r.Text()
				}
			}
		}) {
			b.Fatal("not read")
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(check)
}
