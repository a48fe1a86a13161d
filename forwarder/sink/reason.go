package sink

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

const maxReason = 512 // bytes of a reason

// tidy makes a verdict's texts fit for logs, dead letters and terminals. The order matters: secrets are redacted before
// the text is shortened, because half a secret would not be recognised.
func (s *Sink) tidy(v *Verdict, events []*event.Event) {
	secrets := s.secrets.all()
	tidy := func(text string) string { return printable(redact(text, secrets...)) }
	v.Reason = tidy(v.Reason)
	v.key = shorten(withoutIDs(v.Reason, events))
	v.Reason = shorten(v.Reason)
	if v.Err != nil {
		v.Err = &failure{text: shorten(tidy(v.Err.Error())), err: v.Err}
	}
}

// failure is an error with another text. It has no Unwrap, which would give access to the original text.
type failure struct {
	text string
	err  error
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return errors.Is(f.err, target) }
func (f *failure) As(target any) bool   { return errors.As(f.err, target) }

// printable makes a text one line without control characters, which a terminal might obey.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool {
		return r == ' ' || !unicode.IsGraphic(r)
	}), " ")
}

// shorten cuts the end off a text, between characters.
func shorten(text string) string {
	const more = "…"
	if len(text) <= maxReason {
		return text
	}
	return strings.ToValidUTF8(text[:maxReason-len(more)], "") + more
}

// withoutIDs removes the ids of the events that were sent from a reason, whatever form they have.
func withoutIDs(reason string, events []*event.Event) string {
	for _, e := range events {
		if e.ID != "" {
			reason = strings.ReplaceAll(reason, e.ID, "#")
		}
	}
	return reason
}

// moved returns the reason for a redirect, with the address that the redirect names.
func (s *Sink) moved(response *http.Response) string {
	to, err := response.Location()
	if err != nil {
		return response.Status
	}
	to.User = nil
	if s.dialect.name == FormatDispatch {
		isToken := func(parameter string) bool { return strings.HasPrefix(parameter, authToken+"=") }
		to.RawQuery = strings.Join(slices.DeleteFunc(strings.Split(to.RawQuery, "&"), isToken), "&")
	}
	return response.Status + ": the receiver redirects to " + to.String() + ": correct SINK_URL or DISPATCH_API_ENDPOINT"
}
