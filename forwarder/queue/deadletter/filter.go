package deadletter

import (
	"slices"
	"strings"
)

// Filter limits what is done to some letters. The zero Filter lets all through.
type Filter struct {
	IDs    []string // of the event or of the message
	Reason string   // a part of the reason
	Status int      // the receiver's answer
}

// All tells whether nothing is left out.
func (f Filter) All() bool { return len(f.IDs) == 0 && f.Reason == "" && f.Status == 0 }

// Match tells whether a letter is meant.
func (f Filter) Match(l *Letter) bool {
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, l.EventID) || slices.Contains(f.IDs, l.ID)) &&
		(f.Status == 0 || f.Status == l.Status) &&
		strings.Contains(strings.ToLower(l.Reason), strings.ToLower(f.Reason))
}
