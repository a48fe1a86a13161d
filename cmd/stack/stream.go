package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

const (
	streamSilence = 45 * time.Second // a forwarder that is there sends an empty line every 15
	maxLine       = 8 << 20          // bytes; an event has at most 1 MiB
)

// stream are the events that a forwarder tells of.
type stream struct {
	url    string
	body   io.Closer // nil when there is no connection
	lines  *bufio.Scanner
	cancel func()
	quiet  *time.Timer
}

// next returns the next event. After an error it connects again.
func (s *stream) next(ctx context.Context) ([]seen, error) {
	if s.body == nil {
		return nil, s.connect(ctx)
	}
	if !s.lines.Scan() {
		err := s.lines.Err()
		if err == nil {
			err = io.EOF
		}
		s.close()
		return nil, fmt.Errorf("read %s: %w", s.url, err)
	}
	s.quiet.Reset(streamSilence)
	if len(s.lines.Bytes()) == 0 {
		return nil, nil
	}
	one, err := readLine(s.lines.Bytes())
	if err != nil {
		return nil, &finalError{fmt.Errorf("read %s: %w", s.url, err)}
	}
	if one.Ended != "" {
		return nil, &finalError{fmt.Errorf("%s ended: %s", s.url, one.Ended)}
	}
	return []seen{one}, nil
}

func (s *stream) connect(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(ctx)
	s.quiet = time.AfterFunc(streamSilence, s.cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return &finalError{err}
	}
	response, err := http.DefaultClient.Do(request) //nolint:bodyclose // close does, when the stream ends
	if err != nil {
		s.close()
		return err
	}
	s.body = response.Body
	switch response.StatusCode {
	case http.StatusOK:
		s.lines = bufio.NewScanner(response.Body)
		s.lines.Buffer(nil, maxLine)
		return nil
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		err = &finalError{errors.New("no forwarder that tells of its events answers at " + s.url + ": its EVENTS_ADDR has them do so")}
	case http.StatusForbidden:
		err = &finalError{errors.New(s.url + " shows events to nobody who asks by name: FROM with an address or localhost is accepted")}
	default:
		err = fmt.Errorf("%s answers %s", s.url, response.Status)
	}
	s.close()
	return err
}

func (s *stream) close() {
	if s.cancel != nil {
		s.cancel()
		s.quiet.Stop()
	}
	if s.body != nil {
		_ = s.body.Close()
		s.body = nil
	}
}

func readLine(text []byte) (seen, error) {
	var one seen
	if err := json.Unmarshal(text, &one.Line); err != nil {
		return one, fmt.Errorf("a line that is no event: %w", err)
	}
	data := []byte(one.Line.Data)
	if len(data) > 0 && data[0] == '"' {
		var plain string
		_ = json.Unmarshal(data, &plain)
		data = []byte(plain)
	}
	one.Event = event.New("", one.Line.ID, data, one.Line.Time)
	return one, nil
}
