package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// readiness is what a forwarder says of itself at /readyz.
type readiness struct {
	URL         string `json:"url"`
	Queue       string `json:"queue,omitempty"`
	Receiver    string `json:"receiver,omitempty"`
	Delivered   string `json:"delivered,omitempty"` // how many events since its start, and when the last
	Unreachable string `json:"unreachable,omitempty"`
}

// askReadiness asks the forwarder at an address; that it does not answer is an answer, too.
func askReadiness(ctx context.Context, address string) *readiness {
	r := &readiness{URL: strings.TrimRight(address, "/")}
	if err := r.ask(ctx); err != nil {
		r.Unreachable = err.Error()
	}
	return r
}

func (r *readiness) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		name, says, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "queue":
			r.Queue = says
		case "receiver":
			r.Receiver = says
		case "delivered":
			r.Delivered = says
		}
	}
	if r.Queue == "" || r.Receiver == "" {
		return fmt.Errorf("%s/readyz answers %s, and not as a forwarder does", r.URL, response.Status)
	}
	return nil
}
