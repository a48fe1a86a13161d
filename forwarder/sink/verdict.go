package sink

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/httpclient"
)

// Fate is what happens to an event after an attempt.
type Fate int

// The fates. The caller decides what is done after each (forwarder/breaker.go).
const (
	Delivered     Fate = iota // the receiver has it
	Refused                   // the receiver will not accept this request: for a single event, this is usually final
	Misconfigured             // every event would be refused: all are tried again until somebody fixes the settings
	Unavailable               // the receiver cannot be reached or is busy: the event is tried again
)

func (f Fate) String() string {
	return [...]string{"delivered", "refused", "misconfigured", "unavailable"}[f]
}

// Verdict is the result of one attempt.
type Verdict struct {
	Fate       Fate
	Status     int           // 0 if there was no answer
	Reason     string        // one line without secrets, for people
	RetryAfter time.Duration // 0 if the receiver asked for no wait
	Format     string        // the format that the answer asks for instead of the one that was sent; may be empty
	Err        error         // what failed if there was no answer, for errors.Is and errors.As; its text may have secrets
}

// Key returns a text that is equal for two verdicts with the same cause: the reason without ids, numbers and ports,
// which differ from event to event.
func (v Verdict) Key() string {
	return strconv.Itoa(v.Status) + " " + varying.ReplaceAllString(v.Reason, "#")
}

// varying matches a word with a digit in it: a number, a port, an id, a part of an address.
var varying = regexp.MustCompile(`[\pL_-]*[0-9][\pL0-9_-]*`)

// String returns the fate and its reason, without anything secret.
func (v Verdict) String() string { return v.Fate.String() + ": " + v.Reason }

// MayBeFormat reports whether a refusal may be due to the format, and so would be the same for every event, rather than
// to the content of this event.
func (v Verdict) MayBeFormat() bool {
	return v.Status == http.StatusBadRequest || v.Status == http.StatusUnsupportedMediaType ||
		v.Status == http.StatusUnprocessableEntity
}

// AffectsEveryEvent reports whether every event would get this verdict now: it is about the receiver or the settings,
// and not about this event.
func (v Verdict) AffectsEveryEvent() bool {
	return v.Fate == Misconfigured || v.RetryAfter > 0 ||
		v.Status == http.StatusTooManyRequests || v.Status == http.StatusServiceUnavailable ||
		v.isDial() && !errors.Is(v.Err, syscall.EMFILE)
}

// isDial reports whether no connection to the receiver could be made.
func (v Verdict) isDial() bool {
	failed, isOp := errors.AsType[*net.OpError](v.Err)
	return isOp && failed.Op == "dial"
}

// Overloaded reports whether the receiver can be reached but has too much to do. It is also true if this process is
// overloaded: without a free file descriptor it cannot open another connection.
func (v Verdict) Overloaded() bool {
	switch v.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return errors.Is(v.Err, context.DeadlineExceeded) || errors.Is(v.Err, syscall.EMFILE)
}

// FateOf returns the fate for a status. 2xx means that the event is delivered. A status that is about the event (its
// format, size or content) means that it is refused. A status that is about the request (address, credentials, method),
// 1xx, and a redirect mean that the configuration is wrong: every event would get it, so no event is given up. After
// every other status the event is tried again.
func FateOf(status int) Fate {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusProxyAuthRequired, http.StatusGone, http.StatusMisdirectedRequest,
		http.StatusUpgradeRequired:
		return Misconfigured
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusFailedDependency,
		http.StatusTooEarly, http.StatusTooManyRequests:
		return Unavailable
	}
	switch status / 100 {
	case 2:
		return Delivered
	case 0, 1, 3:
		return Misconfigured
	case 4:
		return Refused
	}
	return Unavailable
}

const proxyHint = " (check HTTP_PROXY and HTTPS_PROXY)"

// verdictWithoutAnswer returns the verdict if err came instead of an answer. If a proxy cannot be reached or refuses to
// connect, the configuration is wrong. If it answers that it cannot reach the receiver, the receiver is unavailable. If
// one side does not accept the other's certificate or does not speak TLS, only other settings or certificates can help.
func verdictWithoutAnswer(err error) Verdict {
	verdict := Verdict{Fate: Unavailable, Reason: err.Error(), Err: err}
	proxy, isProxyAnswer := errors.AsType[*httpclient.ProxyError](err)
	failed, isOp := errors.AsType[*net.OpError](err)
	_, isUnverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNoTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case isProxyAnswer:
		verdict.Reason = proxy.Error() + proxyHint
		if FateOf(proxy.Response.StatusCode) != Unavailable {
			verdict.Fate = Misconfigured
		}
	case isOp && failed.Op == "proxyconnect":
		verdict.Fate, verdict.Reason = Misconfigured, "proxy cannot be reached"+proxyHint+": "+failed.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		verdict.Reason = "no answer in time"
	case isUnverified, isNoTLS, isOp && failed.Op == "remote error": // so crypto/tls reports an alert of the other side
		verdict.Fate = Misconfigured
	}
	return verdict
}

// wantsTLS matches how the TLS servers of Go, nginx and Apache answer 400 to plain HTTP, which says nothing about the
// event.
var wantsTLS = regexp.MustCompile(`HTTP request to an HTTPS server|` +
	`plain HTTP request was sent to HTTPS port|` +
	`speaking plain HTTP to an SSL-enabled server port`)

// formatSigns lists texts that a Dispatch server writes when it refuses an event in the wrong format, and the format
// that this server reads. The first text that occurs counts.
var formatSigns = []struct{ says, format string }{
	{"only [application/json] are allowed", FormatDispatch},
	{"cloudEventsVersion in body is required", FormatDispatch},
	{"into Go value of type v1.Emission", FormatDispatch},
	{"'Namespace' failed on the 'required' tag", FormatDraft},
	{"Go struct field CloudEvent.data of type string", FormatDraft},
	{"'EventType' failed on the 'required' tag", FormatSidecar},
}

// formatAskedFor returns the format that a refusal asks for; empty if it asks for none, or for the one that was sent.
func formatAskedFor(status int, text, sent string) string {
	for _, sign := range formatSigns {
		if strings.Contains(text, sign.says) && sign.format != sent {
			return sign.format
		}
	}
	if status == http.StatusUnsupportedMediaType && sent != FormatStructured && sent != FormatBinary {
		return FormatStructured // every receiver of CloudEvents 1.0 reads it
	}
	return ""
}

// maxRetryAfter is the longest time for which a receiver can defer events: a mistake in its answer must not stop
// delivery for a day.
const maxRetryAfter = 15 * time.Minute

// retryAfter reads both forms of the header, seconds and a date (RFC 9110, 10.2.3). A value that it cannot read counts
// as absent.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	var wait time.Duration
	if seconds, err := strconv.ParseUint(header, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		wait = time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if date, err := http.ParseTime(header); err == nil {
		wait = date.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}
