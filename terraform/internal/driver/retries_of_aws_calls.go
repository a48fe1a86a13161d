package driver

import (
	"os"
	"strconv"
)

// usualAttempts is how many times the provider tries a call that AWS refuses because of a rate or a quota. They take
// about a minute. Its default, 25 attempts, takes ten or more, in which the user does not see what AWS refuses.
const usualAttempts = 6

// Attempts returns the user's AWS_MAX_ATTEMPTS, or else usualAttempts. The provider does not read that variable, so the
// number is set in its provider block.
func Attempts() int {
	if n, err := strconv.Atoi(os.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
		return n
	}
	return usualAttempts
}
