package queuetest

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzScanner holds the scanner to encoding/json: what it takes, and what it makes of it.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"QueueUrl":"http://h/0/q","MaxNumberOfMessages":10,"WaitTimeSeconds":20}`,
		`{"Entries":[{"Id":"1","ReceiptHandle":"AQEB"},{"Id":"2","VisibilityTimeout":-5}]}`,
		`{"MessageAttributeNames":["a\u00e9\"b",".*"],"x":{"y":[1,null,{"z":"\\"}]},"AttributeNames":[]}`,
		" {\t} ", `{"QueueUrl":null}`, `{"VisibilityTimeout":007}`, `{"a":1,}`, `[`, "{\"QueueUrl\":\"\x01\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, request string) {
		if !utf8.ValidString(request) {
			return // encoding/json replaces what the scanner hands on
		}
		var in receiveInput
		err := in.scan(&call{body: []byte(request)})
		if !json.Valid([]byte(request)) {
			if err == nil {
				t.Fatalf("took %q, which is no JSON", request)
			}
			return
		}
		c := call{body: []byte(request)}
		_, _ = c.scanBatch() // must not panic
		var members map[string]json.RawMessage
		if err != nil || json.Unmarshal([]byte(request), &members) != nil || len(members["QueueUrl"]) == 0 {
			return
		}
		var url string
		if json.Unmarshal(members["QueueUrl"], &url) == nil && in.url != url {
			t.Fatalf("read the URL %q in %q, want %q", in.url, request, url)
		}
	})
}

// FuzzQuoted holds appendQuoted to encoding/json's reading.
func FuzzQuoted(f *testing.F) {
	f.Add("plain")
	f.Add("\"\\\n\r\t\x00\x7f\xff é 🎉 \u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendQuoted(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(s)); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestHandleRoundTrip(t *testing.T) {
	tail := newTail("jobs")
	for _, seq := range []uint64{0, 1, 1 << 40, 1<<64 - 1} {
		for _, receipt := range []uint32{1, 1<<32 - 1} {
			h := appendHandle(nil, seq, receipt, tail)
			gotSeq, gotReceipt, ok := parseHandle(h, tail)
			if len(h) != 412 || !ok || gotSeq != seq || gotReceipt != receipt {
				t.Fatalf("%d, %d became %s, and that %d, %d, %v", seq, receipt, h, gotSeq, gotReceipt, ok)
			}
			h[10] = 'x'
			if _, _, ok := parseHandle(h, tail); ok {
				t.Fatalf("took %s", h)
			}
		}
	}
}

// TestHiddenKeepsOrder does random things to the heap and to a sorted list.
func TestHiddenKeepsOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h hidden
	var all []*message
	for i := range 3_000 {
		switch k := r.IntN(10); {
		case k < 5 || len(all) == 0:
			m := &message{seq: uint64(i), until: time.Duration(r.IntN(1000))}
			h.push(m)
			all = append(all, m)
		case k < 7:
			m := all[r.IntN(len(all))]
			m.until = time.Duration(r.IntN(1000))
			h.fix(m)
		default:
			j := r.IntN(len(all))
			h.remove(all[j])
			all = slices.Delete(all, j, j+1)
		}
		if len(all) == 0 {
			continue
		}
		if first := slices.MinFunc(all, func(a, b *message) int {
			if a.sooner(b) {
				return -1
			}
			return 1
		}); h[0] != first || len(h) != len(all) {
			t.Fatalf("step %d: the first of %d is %d, want %d of %d", i, len(h), h[0].seq, first.seq, len(all))
		}
	}
}
