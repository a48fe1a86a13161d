//go:build race

package chaos

// With the race detector the test's own half takes ten times as long; the forwarders are built without it.
const (
	raceDetector  = true
	defaultEvents = 20_000
)
