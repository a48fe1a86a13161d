//go:build !race

package chaos

const (
	raceDetector  = false
	defaultEvents = 100_000
)
