package sink

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
)

const (
	maxReason  = 512 // bytes of a reason
	maxTokens  = 8   // that are remembered when they are replaced; answers come to requests that carried an earlier one
	minKey     = 12  // bytes of a value in the address's query from which it is taken for a key
	redacted   = "(redacted)"
	matchSteps = 1 << 16 // for one place of a text: what has been escaped time and again is no token
)

// tidy makes a verdict's texts fit for logs, dead letters and terminals. Every reason goes through it, in this order: a
// secret that was cut in half would not be found any more, and one in the middle of control characters would be put
// together.
func (s *Sink) tidy(v *Verdict, events []*event.Event) {
	tidy := func(text string) string { return Printable(redact(text, s.secrets.all()...)) }
	v.Reason = tidy(v.Reason)
	v.key = shorten(withoutIDs(v.Reason, events), maxReason)
	v.Reason = shorten(v.Reason, maxReason)
	if v.Err != nil {
		v.Err = &failure{text: shorten(tidy(v.Err.Error()), maxReason), err: v.Err}
	}
}

// failure is an error without its text. It has no Unwrap, by which somebody would come to that text.
type failure struct {
	text string
	err  error
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return errors.Is(f.err, target) }
func (f *failure) As(target any) bool   { return errors.As(f.err, target) }

// secrets are what is sent so that the receiver or a proxy knows who sends.
type secrets struct {
	fixed  []string // of addresses
	mu     sync.Mutex
	tokens atomic.Pointer[[]string] // the latest first
}

// inAddress adds the credentials of an address: its password, a user that comes without one, and keys in its query.
func (s *secrets) inAddress(u *url.URL) {
	if u == nil {
		return
	}
	if u.User != nil {
		user := u.User.Username()
		password, _ := u.User.Password()
		basic := base64.RawStdEncoding.EncodeToString([]byte(user + ":" + password))
		s.fixed = append(s.fixed, basic, password)
		if password == "" {
			s.fixed = append(s.fixed, user)
		}
	}
	for _, values := range u.Query() {
		for _, value := range values {
			if len(value) >= minKey {
				s.fixed = append(s.fixed, value)
			}
		}
	}
}

// sent remembers a token.
func (s *secrets) sent(token string) {
	if known := s.tokens.Load(); known != nil && (*known)[0] == token {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens := []string{token}
	if known := s.tokens.Load(); known != nil {
		for _, earlier := range *known {
			if earlier != token && len(tokens) < maxTokens {
				tokens = append(tokens, earlier)
			}
		}
	}
	s.tokens.Store(&tokens)
}

func (s *secrets) all() []string {
	if known := s.tokens.Load(); known != nil {
		return slices.Concat(s.fixed, *known)
	}
	return s.fixed
}

// redact replaces secrets in a text, however they are escaped there, also those that are cut off or shown by half.
func redact(text string, secrets ...string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		longest := 0
		for _, secret := range secrets {
			steps := matchSteps
			size, matched := match(text[i:], secret, &steps)
			atEnd := i+size+maxEscape > len(text)
			if matched > 0 && matched == len(secret) || matched >= 8 && 2*matched >= len(secret) || matched >= 4 && atEnd {
				longest = max(longest, size)
			}
		}
		if longest > 0 {
			out.WriteString(redacted)
			i += longest
			continue
		}
		out.WriteByte(text[i])
		i++
	}
	return out.String()
}

// match tells how much of the beginning of text stands for how much of the beginning of secret.
func match(text, secret string, steps *int) (size, matched int) {
	if *steps--; text == "" || secret == "" || *steps < 0 {
		return 0, 0
	}
	try := func(n int, stands string) {
		if stands == "" || matched == len(secret) || !strings.HasPrefix(secret, stands) {
			return
		}
		restSize, rest := match(text[n:], secret[len(stands):], steps)
		if rest += len(stands); rest > matched {
			size, matched = n+restSize, rest
		}
	}
	try(1, text[:1])
	unescape(text, try)
	return size, matched
}

// maxEscape is more than an escape is long, also one within another.
const maxEscape = 24

// unescape finds what the beginning of text may stand for: as a part of a URL, of JSON, of Go, or of HTML, or of one
// within another.
func unescape(text string, found func(size int, stands string)) {
	text = text[:min(len(text), maxEscape)]
	within := func(size int, stands string) {
		if stands == "" {
			return
		}
		found(size, stands)
		unescape(stands+text[size:], func(more int, stands string) { found(size+more-1, stands) })
	}
	switch text[0] {
	case '+':
		found(1, " ")
	case '%':
		within(3, fromHex(text[1:], 2))
	case '\\':
		switch {
		case len(text) == 1:
		case text[1] == 'u':
			within(6, fromHex(text[2:], 4))
		case text[1] == 'x':
			within(4, fromHex(text[2:], 2))
		default:
			found(2, text[1:2])
			unescape(text[1:], func(more int, stands string) { found(1+more, stands) })
		}
	case '&':
		if end := strings.IndexByte(text, ';'); end > 0 {
			if stands := html.UnescapeString(text[:end+1]); len(stands) == 1 {
				within(end+1, stands)
			}
		}
	}
}

// fromHex is the character that so many digits at the beginning of text stand for: two are a byte.
func fromHex(text string, digits int) string {
	if len(text) < digits {
		return ""
	}
	if digits == 2 {
		b, _ := hex.DecodeString(text[:2])
		return string(b)
	}
	n, err := strconv.ParseUint(text[:digits], 16, 16)
	if err != nil {
		return ""
	}
	return string(rune(n))
}

// Printable keeps a text to one line without anything that a terminal, or who reads it, takes for more than text.
func Printable(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool {
		return r == ' ' || !unicode.IsGraphic(r)
	}), " ")
}

// shorten cuts the end off a text, between characters.
func shorten(text string, size int) string {
	const more = "…"
	if len(text) <= size {
		return text
	}
	text = text[:size-len(more)]
	return strings.ToValidUTF8(text, "") + more
}

// withoutIDs is a reason without the ids of the events that were sent, whatever those look like.
func withoutIDs(reason string, events []*event.Event) string {
	for _, e := range events {
		if e.ID != "" {
			reason = strings.ReplaceAll(reason, e.ID, "#")
		}
	}
	return reason
}

// moved tells where a redirect leads.
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
	return response.Status + ": the receiver is at " + to.String() + ", which SINK_URL should be"
}
