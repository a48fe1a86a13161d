package sink

import (
	"net/http"
	"slices"
	"strings"
)

// signs are what Dispatch's servers say when they are sent another format than their own, in the order in which they
// are looked for.
var signs = []struct{ says, format string }{
	{"only [application/json] are allowed", FormatDispatch},
	{"cloudEventsVersion in body is required", FormatDispatch},
	{"into Go value of type v1.Emission", FormatDispatch},
	{"'Namespace' failed on the 'required' tag", FormatDraft},
	{"Go struct field CloudEvent.data of type string", FormatDraft},
	{"'EventType' failed on the 'required' tag", FormatSidecar},
}

// asksFor is the format that an answer points to; empty when it points to none, or to the one that was sent.
func asksFor(status int, text, sent string) string {
	if !slices.Contains(
		[]int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}, status,
	) {
		return ""
	}
	for _, s := range signs {
		if strings.Contains(text, s.says) && s.format != sent {
			return s.format
		}
	}
	if status == http.StatusUnsupportedMediaType && sent != FormatStructured && sent != FormatBinary {
		return FormatStructured // what every receiver of CloudEvents 1.0 reads
	}
	return ""
}
