package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Fate is what happens to an event after an attempt.
type Fate int

// The fates. Only Delivered and Refused are final.
const (
	Delivered     Fate = iota // the receiver has it
	Refused                   // the receiver will never accept this event: it is sent to the dead-letter queue
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
	Err        error         // what failed if there was no answer; its text has no secrets either

	key string
}

// Key returns a text that is equal for two verdicts with the same cause: the reason without ids, numbers and ports,
// which differ from event to event.
func (v Verdict) Key() string {
	reason := v.key
	if reason == "" {
		reason = v.Reason
	}
	return strconv.Itoa(v.Status) + " " + varying.ReplaceAllString(reason, "#")
}

// varying matches a word with a digit in it: a number, a port, an id, a part of an address.
var varying = regexp.MustCompile(`[\pL_-]*[0-9][\pL0-9_-]*`)

// MayBeFormat reports whether a refusal may be due to the format, and so would be the same for every event, rather than
// to the content of this event.
func (v Verdict) MayBeFormat() bool { return statuses[v.Status].mayBeFormat }

// IsReceiverFault reports whether a verdict is about the receiver, and so would be the same for every event, and not
// about this event only.
func (v Verdict) IsReceiverFault() bool {
	var dial *net.OpError
	return v.Fate == Misconfigured || v.RetryAfter > 0 || statuses[v.Status].isReceiverFault ||
		(errors.As(v.Err, &dial) && dial.Op == "dial" && !errors.Is(v.Err, syscall.EMFILE))
}

// Overloaded reports whether the receiver can be reached but has too much to do. It is also true if this process is
// overloaded: without a free file descriptor it cannot open another connection.
func (v Verdict) Overloaded() bool {
	return statuses[v.Status].isOverload ||
		errors.Is(v.Err, context.DeadlineExceeded) || errors.Is(v.Err, syscall.EMFILE)
}

// Error implements error, so that a verdict can be passed on as one.
func (v Verdict) Error() string { return v.Fate.String() + ": " + v.Reason }

// Unwrap returns the transport's error.
func (v Verdict) Unwrap() error { return v.Err }

// meaning is how an HTTP status is interpreted.
type meaning struct {
	fate            Fate
	mayBeFormat     bool // it may be due to the format
	isReceiverFault bool // it would be the same for every event
	isOverload      bool // the receiver has too much to do
}

// statuses are the HTTP statuses whose meaning differs from that of their class. A status that is about the event (its
// format, size or content) means that the event is refused. A status that is about the request (address, credentials,
// method) means that the configuration is wrong: every event would get it, so no event is given up. After the remaining
// ones the event is tried again.
var statuses = map[int]meaning{
	http.StatusBadRequest:           {fate: Refused, mayBeFormat: true},
	http.StatusUnauthorized:         {fate: Misconfigured},
	http.StatusPaymentRequired:      {fate: Misconfigured},
	http.StatusForbidden:            {fate: Misconfigured},
	http.StatusNotFound:             {fate: Misconfigured},
	http.StatusMethodNotAllowed:     {fate: Misconfigured},
	http.StatusProxyAuthRequired:    {fate: Misconfigured},
	http.StatusRequestTimeout:       {fate: Unavailable, isOverload: true},
	http.StatusConflict:             {fate: Unavailable},
	http.StatusGone:                 {fate: Misconfigured},
	http.StatusUnsupportedMediaType: {fate: Refused, mayBeFormat: true},
	http.StatusMisdirectedRequest:   {fate: Misconfigured},
	http.StatusUnprocessableEntity:  {fate: Refused, mayBeFormat: true},
	http.StatusLocked:               {fate: Unavailable},
	http.StatusFailedDependency:     {fate: Unavailable},
	http.StatusTooEarly:             {fate: Unavailable},
	http.StatusUpgradeRequired:      {fate: Misconfigured},
	http.StatusTooManyRequests:      {fate: Unavailable, isReceiverFault: true, isOverload: true},
	http.StatusServiceUnavailable:   {fate: Unavailable, isReceiverFault: true, isOverload: true},
	http.StatusGatewayTimeout:       {fate: Unavailable, isOverload: true},
}

// FateOf returns the fate for a status: that of the table, otherwise that of the status's class. A redirect means that
// the configuration is wrong.
func FateOf(status int) Fate {
	if status >= 200 && status < 300 {
		return Delivered
	}
	if known, found := statuses[status]; found {
		return known.fate
	}
	switch {
	case status < 400:
		return Misconfigured
	case status < 500:
		return Refused
	}
	return Unavailable
}

// wantsTLS reports whether a 400 is the answer of a TLS server to plain HTTP, which says nothing about the event.
func wantsTLS(status int, text string) bool {
	return status == http.StatusBadRequest && slices.ContainsFunc([]string{
		"HTTP request to an HTTPS server",                   // Go
		"plain HTTP request was sent to HTTPS port",         // nginx
		"speaking plain HTTP to an SSL-enabled server port", // Apache
	}, func(sign string) bool { return strings.Contains(text, sign) })
}

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

// isCertificate reports whether a connection failed because one side does not accept the certificate of the other.
func isCertificate(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		record       tls.RecordHeaderError
		alert        *net.OpError // how crypto/tls reports that the other side refuses our certificate
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &record) || (errors.As(err, &alert) && alert.Op == "remote error")
}

// maxRetryAfter is the longest time for which a receiver can defer events: a mistake in its answer must not stop
// delivery for a day.
const maxRetryAfter = 15 * time.Minute

// retryAfter reads both forms of the header, seconds and a date (RFC 9110, 10.2.3). A value that it cannot read counts
// as absent.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	var wait time.Duration
	if seconds, err := strconv.ParseUint(header, 10, 63); err == nil {
		wait = time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if errors.Is(err, strconv.ErrRange) {
		wait = maxRetryAfter
	} else if date, err := http.ParseTime(header); err == nil {
		wait = date.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}
