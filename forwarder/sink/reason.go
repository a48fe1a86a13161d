package sink

import (
	"cmp"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

const maxReason = 512 // bytes of a reason

// cleanReason makes a reason fit for logs, dead letters and terminals. The order matters: secrets are redacted before
// the text is shortened, because half a secret might not be recognised.
func cleanReason(text string, secrets []string) string {
	return shorten(printable(redact(text, secrets)))
}

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

// redirectReason returns the reason for a redirect, with the address that the redirect names.
func redirectReason(response *http.Response) string {
	to, err := response.Location()
	if err != nil {
		return response.Status
	}
	return response.Status + ": the receiver redirects to " + to.Redacted() + ": correct SINK_URL or DISPATCH_API_ENDPOINT"
}

const (
	redacted  = "(redacted)"
	minKey    = 12 // a value in the query of a URL counts as a secret if it has at least this many bytes
	minPrefix = 8  // a prefix of a secret is redacted if it has this many bytes: the rest may be cut off
	maxRounds = 10 // how many times a text is unescaped: a secret is not escaped more often
)

// secretsOf returns the secrets in a URL: the password, a user without a password, and keys in the query.
func secretsOf(u *url.URL) (secrets []string) {
	if u.User != nil {
		user := u.User.Username()
		password, _ := u.User.Password()
		basic := base64.RawStdEncoding.EncodeToString([]byte(user + ":" + password))
		secrets = append(secrets, basic, cmp.Or(password, user))
	}
	for _, values := range u.Query() {
		for _, value := range values {
			if len(value) >= minKey {
				secrets = append(secrets, value)
			}
		}
	}
	return secrets
}

// redact replaces secrets in a text, however they are escaped there, including secrets whose end is cut off. A text
// that contains an escaped secret is returned without escapes.
func redact(text string, secrets []string) string {
	text = replaceAll(text, secrets)
	plain := unescape(text)
	if clean := replaceAll(plain, secrets); clean != plain {
		return clean
	}
	return text
}

// replaceAll replaces each secret, both as it is and without its own escapes.
func replaceAll(text string, secrets []string) string {
	for _, secret := range secrets {
		text = replace(replace(text, secret), unescape(secret))
	}
	return text
}

// replace replaces each occurrence of a secret, and each prefix of it that is long enough to be recognised.
func replace(text, secret string) string {
	var out strings.Builder
	for text != "" {
		n := equalBytes(text, secret)
		if n == 0 || n < min(len(secret), minPrefix) {
			out.WriteByte(text[0])
			text = text[1:]
		} else {
			out.WriteString(redacted)
			text = text[n:]
		}
	}
	return out.String()
}

// equalBytes returns the length of the common prefix of two texts.
func equalBytes(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
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
	if escape[0] != '\\' { // + or %2B
		plain, _ := url.QueryUnescape(escape)
		return plain
	}
	if n, err := strconv.ParseUint(escape[2:], 16, 16); err == nil { // \x2B or \u002B
		return string(rune(n))
	}
	return escape[1:]
}
