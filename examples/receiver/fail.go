package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// failure is a fault and how long it lasts: so many requests, below 0 all of them until it is healed, or so much time.
type failure struct {
	sinktest.Fault
	count int
	span  time.Duration
}

// parseFailure reads a query or a form, whose names are those of flags. What is not given is the plainest there is: one
// answer with 503.
func parseFailure(r *http.Request) (f failure, err error) {
	const duration = "a duration such as 500ms or 10s, at most 1h"
	names := flag.NewFlagSet("", flag.ContinueOnError)
	names.StringVar((*string)(&f.Kind), "kind", string(sinktest.Answer), "")
	names.IntVar(&f.Status, "status", http.StatusServiceUnavailable, "200 to 599")
	names.IntVar(&f.count, "count", 1, "how many requests fail, or -1 for all until /heal")
	names.DurationVar(&f.span, "for", 0, duration)
	names.StringVar(&f.RetryAfter, "retry-after", "", "")
	names.DurationVar(&f.RetryDate, "retry-date", 0, duration)
	names.DurationVar(&f.Delay, "delay", 0, duration)
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
		if value != "" && names.Set(name, value) != nil || !f.isPossible() {
			return f, fmt.Errorf("%s is %q: use %s", name, value, known.Usage)
		}
	}
	if !slices.Contains(sinktest.Kinds(), f.Kind) {
		return f, fmt.Errorf("kind is %q: use one of %v", f.Kind, sinktest.Kinds())
	}
	if f.span > 0 && r.Form.Get("count") != "" {
		return f, errors.New("count and for are both given: use one of them")
	}
	return f, checkRetryAfter(f.RetryAfter)
}

// isPossible reports whether all numbers and durations are within their limits.
func (f failure) isPossible() bool {
	shortest, longest := min(f.span, f.RetryDate, f.Delay), max(f.span, f.RetryDate, f.Delay)
	return f.Status >= 200 && f.Status <= 599 &&
		f.count >= -1 && f.count != 0 &&
		f.After >= 0 && f.After <= 1000 &&
		shortest >= 0 && longest <= time.Hour
}

// checkRetryAfter accepts both forms of the header: seconds and a date.
func checkRetryAfter(text string) error {
	if n, err := strconv.Atoi(text); text == "" || err == nil && n >= 0 {
		return nil
	}
	if _, err := http.ParseTime(text); err != nil {
		return fmt.Errorf("retry-after is %q: use seconds or an HTTP date; retry-date=30s is a date that far ahead", text)
	}
	return nil
}
