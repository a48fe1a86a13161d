package driver

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
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

// Diagnostic is an error or a warning, of the program or of AWS through the provider.
type Diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Address  string `json:"address"`
	Range    struct {
		Filename string `json:"filename"`
	} `json:"range"` // where in the modules it points to
}

// String is what a person needs of a diagnostic: AWS's own words when they are in it, which the provider puts last, and
// of a variable that is refused what is wrong with it, not where in the modules that is checked.
func (d Diagnostic) String() string {
	text := d.Summary
	detail := strings.Join(strings.Fields(d.Detail), " ")
	detail, _, checked := strings.Cut(detail, " This was checked by the validation rule")
	if detail != "" {
		text += ": " + detail
	}
	if d.Address == "" && d.Range.Filename != "" && !checked {
		text += " (" + d.Range.Filename + ")"
	}
	if found := apiError.FindStringSubmatch(text); found != nil {
		return strings.TrimRight(found[1]+": AWS says "+found[2]+": "+found[3], ": ")
	}
	return text
}

// apiError is how the SDK puts an answer of AWS: what was done, the error's code and its message.
var apiError = regexp.MustCompile(`^(.*): operation error .*StatusCode: \d+, RequestID: [^,]*,(?: HostID: [^,]*,)? ` +
	`(?:api error )?([\w.]+): ?(.*)$`)
