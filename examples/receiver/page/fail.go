package page

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// parseFailure reads a fault from a query or a form, whose names a flag set defines. By default the next request gets
// the status 503.
func parseFailure(r *http.Request) (f sinktest.Fault, err error) {
	names := flag.NewFlagSet("", flag.ContinueOnError)
	names.StringVar((*string)(&f.Kind), "kind", string(sinktest.Status), "")
	names.IntVar(&f.Status, "status", http.StatusServiceUnavailable, "200 to 599")
	names.IntVar(&f.Left, "count", 1, "how many requests fail, or -1 for all until /heal")
	names.StringVar(&f.RetryAfter, "retry-after", "", "")
	names.DurationVar(&f.Delay, "delay", 0, "a duration such as 500ms or 10s, at most 1h")
	names.StringVar(&f.Body, "body", "", "")
	names.IntVar(&f.After, "after", 0, "0 to 1000")
	if err := r.ParseForm(); err != nil {
		return f, fmt.Errorf("form: %w", err)
	}
	for name := range r.Form {
		value := r.Form.Get(name)
		known := names.Lookup(name)
		if known == nil {
			return f, fmt.Errorf("%s is not known", name)
		}
		if value != "" && names.Set(name, value) != nil || !isPossible(f) {
			return f, fmt.Errorf("%s is %q: use %s", name, value, known.Usage)
		}
	}
	if !slices.Contains(sinktest.Kinds(), f.Kind) {
		return f, fmt.Errorf("kind is %q: use one of %v", f.Kind, sinktest.Kinds())
	}
	return f, checkRetryAfter(f.RetryAfter)
}

// isPossible reports whether all numbers and durations are within their limits.
func isPossible(f sinktest.Fault) bool {
	return f.Status >= 200 && f.Status <= 599 &&
		f.Left >= -1 && f.Left != 0 &&
		f.After >= 0 && f.After <= 1000 &&
		f.Delay >= 0 && f.Delay <= time.Hour
}

// checkRetryAfter accepts both forms of the header: seconds and a date.
func checkRetryAfter(text string) error {
	if n, err := strconv.Atoi(text); text == "" || err == nil && n >= 0 {
		return nil
	}
	if _, err := http.ParseTime(text); err != nil {
		return fmt.Errorf("retry-after is %q: use seconds or an HTTP date", text)
	}
	return nil
}
