package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// parseFault reads kind, status, count, retry-after, body, delay and after. What is not given is the plainest there is: one
// answer with 503.
func parseFault(r *http.Request) (count int, f sinktest.Fault, err error) {
	if err := r.ParseForm(); err != nil {
		return 0, f, fmt.Errorf("form: %w", err)
	}
	for name := range r.Form {
		if !slices.Contains([]string{"kind", "status", "count", "retry-after", "body", "delay", "after"}, name) {
			return 0, f, fmt.Errorf("%s is not known: use kind, status, count, retry-after, body, delay, after", name)
		}
	}
	f.Kind = sinktest.Kind(r.Form.Get("kind"))
	if f.Kind == sinktest.None {
		f.Kind = sinktest.Answer
	}
	if !slices.Contains(sinktest.Kinds(), f.Kind) {
		return 0, f, fmt.Errorf("kind is %q: use one of %v", f.Kind, sinktest.Kinds())
	}
	f.Body = r.Form.Get("body")
	if f.RetryAfter = r.Form.Get("retry-after"); !isRetryAfter(f.RetryAfter) {
		return 0, f, fmt.Errorf("retry-after is %q: use seconds or an HTTP date", f.RetryAfter)
	}
	if d := r.Form.Get("delay"); d != "" {
		if f.Delay, err = time.ParseDuration(d); err != nil || f.Delay < 0 || f.Delay > time.Hour {
			return 0, f, fmt.Errorf("delay is %q: use a duration such as 500ms or 10s", d)
		}
	}
	if f.Status, err = number(r.Form, "status", http.StatusServiceUnavailable, 200, 599); err != nil {
		return 0, f, err
	}
	if f.After, err = number(r.Form, "after", 0, 0, 1000); err != nil {
		return 0, f, err
	}
	count, err = number(r.Form, "count", 1, -1, 1_000_000)
	if err == nil && count == 0 {
		err = fmt.Errorf("count is 0: use how many requests fail, or -1 for all until /heal")
	}
	return count, f, err
}

func number(form url.Values, name string, fallback, least, most int) (int, error) {
	text := form.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is %q: use %d to %d", name, text, least, most)
	}
	return n, nil
}

func isRetryAfter(text string) bool {
	if text == "" {
		return true
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n >= 0
	}
	_, err := http.ParseTime(text)
	return err == nil
}
