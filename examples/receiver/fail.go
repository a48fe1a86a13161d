package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// failure is a fault and how long it lasts: so many requests, below 0 all of them until it is healed, or so much time.
type failure struct {
	sinktest.Fault
	count int
	span  time.Duration
}

var failNames = []string{"kind", "status", "count", "for", "retry-after", "retry-date", "body", "delay", "after"}

// parseFailure reads a query or a form. What is not given is the plainest there is: one answer with 503.
func parseFailure(r *http.Request) (f failure, err error) {
	if err := r.ParseForm(); err != nil {
		return f, fmt.Errorf("form: %w", err)
	}
	for name := range r.Form {
		if !slices.Contains(failNames, name) {
			return f, fmt.Errorf("%s is not known: use %s", name, strings.Join(failNames, ", "))
		}
	}
	f.Kind = sinktest.Kind(r.Form.Get("kind"))
	if f.Kind == sinktest.None {
		f.Kind = sinktest.Answer
	}
	if !slices.Contains(sinktest.Kinds(), f.Kind) {
		return f, fmt.Errorf("kind is %q: use one of %v", f.Kind, sinktest.Kinds())
	}
	f.Body = r.Form.Get("body")
	var wrong [6]error
	f.RetryAfter, wrong[0] = retryAfter(r.Form.Get("retry-after"))
	f.RetryDate, wrong[1] = duration(r.Form, "retry-date")
	f.Delay, wrong[2] = duration(r.Form, "delay")
	f.Status, wrong[3] = number(r.Form, "status", http.StatusServiceUnavailable, 200, 599)
	f.After, wrong[4] = number(r.Form, "after", 0, 0, 1000)
	wrong[5] = f.lasting(r.Form)
	for _, err := range wrong {
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *failure) lasting(form url.Values) (err error) {
	if f.span, err = duration(form, "for"); err != nil {
		return err
	}
	if f.span > 0 && form.Get("count") != "" {
		return errors.New("count and for are both given: use one of them")
	}
	f.count, err = number(form, "count", 1, -1, 1_000_000)
	if err == nil && f.count == 0 {
		err = errors.New("count is 0: use how many requests fail, or -1 for all until /heal")
	}
	return err
}

// begin lets the receiver fail so.
func (f *failure) begin(r *sinktest.Receiver) {
	if f.span > 0 {
		r.FaultFor(f.span, f.Fault)
	} else {
		r.Fault(f.count, f.Fault)
	}
}

// mode is a failure that is due, as programs and the page are told of it.
type mode struct {
	Kind   sinktest.Kind `json:"kind"`
	Status int           `json:"status,omitempty"` // of a status
	Left   int           `json:"left,omitempty"`   // requests; -1 is until it is healed
	Until  time.Time     `json:"until,omitzero"`
	Words  string        `json:"words"`
}

func modes(r *sinktest.Receiver) []mode {
	list := []mode{}
	for _, p := range r.Pending() {
		m := mode{Kind: p.Kind, Left: p.Left, Until: p.Until, Words: string(p.Kind)}
		if p.Kind == sinktest.Answer {
			m.Status, m.Words = p.Status, strings.TrimSpace(fmt.Sprint(p.Status, " ", http.StatusText(p.Status)))
		}
		for _, extra := range []struct{ name, value string }{
			{"Retry-After", p.RetryAfter}, {"Retry-After, as a date, in", positive(p.RetryDate)}, {"after", positive(p.Delay)},
		} {
			if extra.value != "" {
				m.Words += ", " + extra.name + " " + extra.value
			}
		}
		list = append(list, m)
	}
	return list
}

func positive(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return d.String()
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

func duration(form url.Values, name string) (time.Duration, error) {
	text := form.Get(name)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Hour {
		return 0, fmt.Errorf("%s is %q: use a duration such as 500ms or 10s, at most 1h", name, text)
	}
	return d, nil
}

// retryAfter accepts both forms of the header: seconds and a date.
func retryAfter(text string) (string, error) {
	if n, err := strconv.Atoi(text); text == "" || err == nil && n >= 0 {
		return text, nil
	}
	if _, err := http.ParseTime(text); err != nil {
		return "", fmt.Errorf("retry-after is %q: use seconds or an HTTP date; retry-date=30s is a date that far ahead", text)
	}
	return text, nil
}
