package relay

import (
	"slices"
	"strings"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// maxExtension is the longest name that CloudEvents recommends for an attribute.
const maxExtension = 20

// taken are the names of attributes that an event already has.
var taken = []string{
	"id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time", "data", "database64",
	"awsaccount", "awsregion", "awsdetailtype", event.TraceParent, event.TraceState,
}

// attributeNames returns the names of message attributes in ATTRIBUTES.
func (s *Settings) attributeNames() []string {
	return strings.FieldsFunc(s.Attributes, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// extensionName returns the name of a message attribute as CloudEvents allows it: only lower-case letters and digits.
func extensionName(attribute string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(attribute))
}

// checkAttributes reports ATTRIBUTES without SINK_URL, and names that cannot become extensions or are taken already.
func (s *Settings) checkAttributes(refuse func(format string, args ...any)) {
	names := s.attributeNames()
	if len(names) > 0 && s.SinkURL == "" {
		refuse("ATTRIBUTES needs SINK_URL: message attributes are not sent to Dispatch")
		return
	}
	seen := slices.Clone(taken)
	for _, name := range names {
		extension := extensionName(name)
		switch {
		case extension == "" || len(extension) > maxExtension:
			refuse("ATTRIBUTES has %q: a name must have 1 to %d letters and digits", name, maxExtension)
		case slices.Contains(seen, extension):
			refuse("ATTRIBUTES has %q: the name %s is already used by the event or by another entry", name, extension)
		}
		seen = append(seen, extension)
	}
}

// toEvent returns the function that makes an event of a message, with the attributes in ATTRIBUTES as extensions.
func (s *Settings) toEvent() func(*queue.Message) event.Event {
	names := s.attributeNames()
	return func(m *queue.Message) event.Event {
		e := event.New(s.Source, m.ID, m.Body, m.Sent)
		for _, name := range names {
			if value := m.Attribute(name); value != "" {
				e.Set(extensionName(name), value)
			}
		}
		return e
	}
}
