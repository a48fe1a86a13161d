package chaos

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// marker stands once in every event, whatever wraps it, since its data are passed on as they are; the event's number
// follows.
const (
	marker       = `"number":"`
	numberDigits = 12
)

// awkward is text that a careless writer of JSON gets wrong.
var awkward = []string{
	`plain`, `größer & kleiner <b>`, `\"quoted\" \\ back\\slash \/`, `\u0000\u001f\u2028 \ud83d\ude00`, `日本語 😀`,
	`"]}`[1:] + `,{[`, ``,
}

// body returns event i as it is on the queue: always the same for a number, and different in size and content from
// others.
func body(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	var b strings.Builder
	fmt.Fprintf(&b, `{"version":"0","id":"00000000-0000-4000-8000-%012d","detail-type":"Chaos","source":"aws.s3",`, i)
	b.WriteString(`"account":"123456789012",`)
	b.WriteString(`"time":"2026-11-22T05:30:00Z","region":"us-west-2","resources":["arn:aws:s3:::chaos"], "detail" : {`)
	fmt.Fprintf(&b, marker+`%0*d","object":{"key":"images/%d.jpg"},"text":"%s","size":1.50e+2`, numberDigits, i, i,
		awkward[i%len(awkward)])
	size := r.IntN(600)
	if i%1000 == 7 {
		size = 100_000
	}
	fmt.Fprintf(&b, `,"padding":%q}}`, strings.Repeat("x", size))
	return b.String()
}

// numbers returns the numbers of all events in a text.
func numbers(text string) (found []int) {
	for {
		_, after, is := strings.Cut(text, marker)
		if !is || len(after) < numberDigits {
			return found
		}
		if n, err := strconv.Atoi(after[:numberDigits]); err == nil {
			found = append(found, n)
		}
		text = after
	}
}
