package driver

import (
	"regexp"
	"strings"
)

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

// String is what a person needs of a diagnostic: AWS's own words when they are in it, which the provider puts last.
func (d Diagnostic) String() string {
	text := d.Summary
	if d.Detail != "" {
		text += ": " + strings.Join(strings.Fields(d.Detail), " ")
	}
	if d.Address == "" && d.Range.Filename != "" {
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
