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

// parseFailure reads a fault from a query or a form, whose names a flag set defines: their usage says what is
// accepted. By default the next request gets the status 503.
func parseFailure(r *http.Request) (f sinktest.Fault, err error) {
	names := flag.NewFlagSet("", flag.ContinueOnError)
	names.StringVar((*string)(&f.Kind), "kind", string(sinktest.Status), fmt.Sprint("one of ", sinktest.Kinds()))
	names.IntVar(&f.Status, "status", http.StatusServiceUnavailable, "200 to 599")
	names.IntVar(&f.Left, "count", 1, "how many requests fail, or -1 for all until /heal")
	names.StringVar(&f.RetryAfter, "retry-after", "", "seconds or an HTTP date")
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
	return f, nil
}

// isPossible reports whether everything is as its usage says.
func isPossible(f sinktest.Fault) bool {
	_, errSeconds := strconv.ParseUint(f.RetryAfter, 10, 0)
	_, errDate := http.ParseTime(f.RetryAfter)
	return slices.Contains(sinktest.Kinds(), f.Kind) &&
		f.Status >= 200 && f.Status <= 599 &&
		f.Left >= -1 && f.Left != 0 &&
		f.After >= 0 && f.After <= 1000 &&
		f.Delay >= 0 && f.Delay <= time.Hour &&
		(f.RetryAfter == "" || errSeconds == nil || errDate == nil)
}
