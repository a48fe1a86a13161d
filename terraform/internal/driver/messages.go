package driver

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// Message is one line of the program's machine-readable output, with the fields that are needed here. terraform-json
// has no types for the messages of plan and apply.
type Message struct {
	Type       string             `json:"type"`
	Hook       Hook               `json:"hook"`
	Diagnostic *tfjson.Diagnostic `json:"diagnostic"`
}

// Hook is what the program reports about one resource.
type Hook struct {
	Resource struct {
		Address string `json:"addr"`
		Type    string `json:"resource_type"`
	} `json:"resource"`
	Action  string  `json:"action"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Messages returns a writer for the program's output, which calls handle for each message.
func Messages(handle func(Message)) io.Writer { return &lines{handle: handle} }

// lines splits the program's output into lines of any length, and calls handle for messages. Init writes other lines,
// too.
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

// Describe returns the part of a diagnostic that the user needs. A message of AWS, which the provider puts last, is
// kept. For a variable that was refused, it says what is wrong, but not where in the modules that is checked.
func Describe(d *tfjson.Diagnostic) string {
	text := d.Summary
	detail := strings.Join(strings.Fields(d.Detail), " ")
	detail, _, checked := strings.Cut(detail, " This was checked by the validation rule")
	if detail != "" {
		text += ": " + detail
	}
	if d.Address == "" && d.Range != nil && !checked {
		text += " (" + d.Range.Filename + ")"
	}
	if found := apiError.FindStringSubmatch(text); found != nil {
		return strings.TrimRight(found[1]+": AWS says "+found[2]+": "+found[3], ": ")
	}
	return text
}

// apiError matches the SDK's form of an error of AWS: what was done, the code of the error, and its message.
var apiError = regexp.MustCompile(`^(.*): operation error .*StatusCode: \d+, RequestID: [^,]*,(?: HostID: [^,]*,)? ` +
	`(?:api error )?([\w.]+): ?(.*)$`)
