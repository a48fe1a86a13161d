package driver

import (
	"bytes"
	"encoding/json"
)

// Message is one line of the program's machine-readable output, as much of it as is needed here. terraform-json has no
// types for what plan and apply say.
type Message struct {
	Type       string      `json:"type"`
	Hook       Hook        `json:"hook"`
	Diagnostic *Diagnostic `json:"diagnostic"`
}

// Hook is what the program says of one resource.
type Hook struct {
	Resource struct {
		Address string `json:"addr"`
		Type    string `json:"resource_type"`
	} `json:"resource"`
	Action  string  `json:"action"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// lines cuts what the program writes into lines, however long, and hands on those that are messages. A backend's init
// mixes plain lines in.
type lines struct {
	handle  func(Message)
	partial []byte
}

func (s *lines) Write(p []byte) (int, error) {
	s.partial = append(s.partial, p...)
	for {
		line, rest, found := bytes.Cut(s.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		var m Message
		if json.Unmarshal(line, &m) == nil && m.Type != "" {
			s.handle(m)
		}
		s.partial = rest
	}
}
