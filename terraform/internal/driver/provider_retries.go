package driver

import (
	"os"
	"strconv"
)

// usualAttempts is how often the provider tries a call that AWS refuses for a rate or a quota: for about a minute. Its
// own 25 attempts take ten minutes and more, in which nobody is told what AWS refuses.
const usualAttempts = 6

// Attempts are the person's own AWS_MAX_ATTEMPTS, else the usual ones. The provider does not read that variable: it is
// told in its block.
func Attempts() int {
	if n, err := strconv.Atoi(os.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
		return n
	}
	return usualAttempts
}
