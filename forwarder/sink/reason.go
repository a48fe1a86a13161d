package sink

import (
	"encoding/base64"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

const maxReason = 512 // bytes of a reason

// cleanTexts makes a verdict's texts fit for logs, dead letters and terminals. The order matters: secrets are redacted
// before the text is shortened, because half a secret would not be recognised.
func (s *Sink) cleanTexts(v *Verdict, events []*event.Event) {
	secrets := s.secrets.all()
	clean := func(text string) string { return printable(redact(text, secrets...)) }
	v.Reason = clean(v.Reason)
	v.key = shorten(withoutIDs(v.Reason, events))
	v.Reason = shorten(v.Reason)
	if v.Err != nil {
		v.Err = &failure{text: shorten(clean(v.Err.Error())), err: v.Err}
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

// printable makes a text one line without control characters, to which a terminal might react.
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

// redirectReason returns the reason for a redirect, with the address that the redirect names.
func (s *Sink) redirectReason(response *http.Response) string {
	to, err := response.Location()
	if err != nil {
		return response.Status
	}
	to.User = nil
	if s.format.name == FormatDispatch {
		isToken := func(parameter string) bool { return strings.HasPrefix(parameter, authToken+"=") }
		to.RawQuery = strings.Join(slices.DeleteFunc(strings.Split(to.RawQuery, "&"), isToken), "&")
	}
	return response.Status + ": the receiver redirects to " + to.String() + ": correct SINK_URL or DISPATCH_API_ENDPOINT"
}

const (
	redacted  = "(redacted)"
	maxTokens = 8  // how many of the latest tokens are redacted: an answer may belong to a request with an earlier one
	minKey    = 12 // a value in the query of a URL counts as a secret if it has at least this many bytes
	minPrefix = 8  // a prefix of a secret is redacted if it has this many bytes and is at least half of the secret
	minAtEnd  = 4  // a prefix of this many bytes is redacted at the end of a text, which may be cut off there
	cutEscape = 8  // fewer bytes than this at the end may be part of an escape that was cut off: they do not count there
	maxRounds = 10 // how many times a text is unescaped: a secret is not escaped more often
)

// secrets are the credentials that are sent to the receiver or to a proxy.
type secrets struct {
	fromURLs []string

	mu     sync.Mutex
	tokens []string // the latest last
}

// addFromURL adds the credentials in a URL: the password, a user without a password, and keys in the query.
func (s *secrets) addFromURL(u *url.URL) {
	if u.User != nil {
		user := u.User.Username()
		password, _ := u.User.Password()
		basic := base64.RawStdEncoding.EncodeToString([]byte(user + ":" + password))
		s.fromURLs = append(s.fromURLs, basic, password)
		if password == "" {
			s.fromURLs = append(s.fromURLs, user)
		}
	}
	for _, values := range u.Query() {
		for _, value := range values {
			if len(value) >= minKey {
				s.fromURLs = append(s.fromURLs, value)
			}
		}
	}
}

// addToken adds a token that is going to be sent.
func (s *secrets) addToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.tokens, token) {
		s.tokens = append(s.tokens, token)
	}
	s.tokens = s.tokens[max(0, len(s.tokens)-maxTokens):]
}

func (s *secrets) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.fromURLs, s.tokens)
}

// redact replaces secrets in a text, however they are escaped there, including secrets of which only a part is shown. A
// text that contains an escaped secret is returned without escapes.
func redact(text string, secrets ...string) string {
	forms := slices.Clone(secrets)
	for _, secret := range secrets {
		forms = append(forms, unescape(secret))
	}
	for _, form := range forms {
		text = replace(text, form)
	}
	plain := unescape(text)
	clean := plain
	for _, form := range forms {
		clean = replace(clean, form)
	}
	if clean == plain {
		return text
	}
	return clean
}

// replace replaces each occurrence of a secret, and each prefix of it that is long enough to be recognised
// (minPrefix, minAtEnd).
func replace(text, secret string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		n := equalBytes(text[i:], secret)
		atEnd := i+n+cutEscape > len(text)
		whole := n > 0 && n == len(secret)
		if whole || n >= minPrefix && 2*n >= len(secret) || n >= minAtEnd && atEnd {
			out.WriteString(redacted)
			i += n
			continue
		}
		out.WriteByte(text[i])
		i++
	}
	return out.String()
}

// equalBytes returns the length of the common prefix of two texts.
func equalBytes(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// escape matches a character that is escaped in the manner of URLs, JSON or Go.
var escape = regexp.MustCompile(`\+|%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.`)

// unescape resolves escapes of URLs, JSON, Go and HTML, including nested ones.
func unescape(text string) string {
	for range maxRounds {
		plain := html.UnescapeString(escape.ReplaceAllStringFunc(text, character))
		if plain == text {
			break
		}
		text = plain
	}
	return text
}

// character returns the character that an escape stands for.
func character(escape string) string {
	switch {
	case escape == "+":
		return " "
	case escape[0] == '%' || len(escape) == len(`\xFF`):
		n, _ := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
		return string([]byte{byte(n)})
	case len(escape) == len(`\uFFFF`):
		n, _ := strconv.ParseUint(escape[2:], 16, 16)
		return string(rune(n))
	}
	return escape[1:]
}
