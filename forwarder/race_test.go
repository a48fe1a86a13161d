//go:build race

package forwarder

import "runtime"

// The race detector of Go 1.26 ends the process ("ThreadSanitizer: CHECK failed") when timers of a synctest bubble
// run on two processors at once (https://go.dev/issue/78156). The tests here start thousands of such timers. Races
// are still found, because the detector compares the order of accesses and does not need them to happen at once.
func init() { runtime.GOMAXPROCS(1) }
