package queuetest

import (
	"hash/fnv"
	"math/rand/v2"
)

const (
	handleSize   = 412 // as long as AWS's: a third of what a client sends when it deletes
	handlePrefix = "AQEB"
	handleTail   = len(handlePrefix) + 24
	base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	hexDigits    = "0123456789abcdef"
)

// newTail is the part of a handle that says which queue it belongs to, and that makes it as long as a real one.
func newTail(queue string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(queue))            // never fails
	r := rand.New(rand.NewPCG(h.Sum64(), 1)) //nolint:gosec // the same at every run, not secret
	b := make([]byte, handleSize-handleTail)
	for i := range b {
		b[i] = base64Digits[r.IntN(len(base64Digits))]
	}
	b[len(b)-1] = '='
	return string(b)
}

// appendHandle names one receive of one message: a handle needs no table to be found in.
func appendHandle(b []byte, seq uint64, receipt uint32, tail string) []byte {
	b = append(b, handlePrefix...)
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[seq>>shift&15])
	}
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[receipt>>shift&15])
	}
	return append(b, tail...)
}

func parseHandle(h []byte, tail string) (seq uint64, receipt uint32, ok bool) {
	if len(h) != handleSize || string(h[:len(handlePrefix)]) != handlePrefix || string(h[handleTail:]) != tail {
		return 0, 0, false
	}
	seq, ok = parseHex(h[len(handlePrefix) : len(handlePrefix)+16])
	low, ok2 := parseHex(h[len(handlePrefix)+16 : handleTail])
	return seq, uint32(low), ok && ok2
}

func parseHex(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
