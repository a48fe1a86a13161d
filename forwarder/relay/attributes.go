package relay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// maxExtension is how long the name of a CloudEvents attribute should be at most.
const maxExtension = 20

// taken are names that an event has already.
var taken = []string{
	"id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time", "data", "database64",
	"awsaccount", "awsregion", "awsdetailtype", event.TraceParent, event.TraceState,
}

// attributeNames are the message attributes that ATTRIBUTES names.
func (s *Settings) attributeNames() (names []string) {
	for name := range strings.SplitSeq(s.Attributes, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// extensionName is the name of a message attribute as CloudEvents allows it: lower-case letters and digits alone.
func extensionName(attribute string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(attribute))
}

// checkAttributes refuses names that cannot be those of extensions.
func (s *Settings) checkAttributes() (wrong []string) {
	names := s.attributeNames()
	if len(names) > 0 && s.SinkURL == "" {
		return []string{"ATTRIBUTES is given without SINK_URL: what Dispatch reads has no place for them"}
	}
	seen := slices.Clone(taken)
	for _, name := range names {
		extension := extensionName(name)
		switch {
		case extension == "" || len(extension) > maxExtension:
			const text = "ATTRIBUTES has %q: a name with 1 to %d letters and digits is accepted"
			wrong = append(wrong, fmt.Sprintf(text, name, maxExtension))
		case slices.Contains(seen, extension):
			const text = "ATTRIBUTES has %q: events have %s already, another name is accepted"
			wrong = append(wrong, fmt.Sprintf(text, name, extension))
		}
		seen = append(seen, extension)
	}
	return wrong
}

// toEvent makes events of messages, with the attributes that were asked for as extensions.
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
