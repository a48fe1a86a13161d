package sink

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const maxReason = 512 // bytes of a reason

// setReason makes a text fit for logs, dead letters and terminals. If it contains a secret, nothing of it is shown; but
// an error of dialling comes from somebody who was sent none. Secrets are looked for before the text is shortened,
// because half a secret might not be recognised.
func (v *Verdict) setReason(text string, secrets []string) {
	if !v.isDial() && containsSecret(text, secrets) {
		text = "the answer repeats a secret and is not shown"
		if v.Status > 0 {
			text = fmt.Sprintf("%d %s: %s", v.Status, http.StatusText(v.Status), text)
		}
	}
	const more = "…"
	if v.Reason = printable(text); len(v.Reason) > maxReason {
		v.Reason = strings.ToValidUTF8(v.Reason[:maxReason-len(more)], "") + more // cut between characters
	}
}

// printable makes a text one line without control characters, to which a terminal might react.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool {
		return r == ' ' || !unicode.IsGraphic(r)
	}), " ")
}

const (
	minKey    = 12 // a value in the query of a URL counts as a secret if it has at least this many bytes
	minPrefix = 8  // a prefix of a secret counts as the secret if it has this many bytes: the rest may be cut off
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

// containsSecret reports whether a text contains a secret, or the beginning of one, however it is escaped there.
func containsSecret(text string, secrets []string) bool {
	plain := unescape(text)
	return slices.ContainsFunc(secrets, func(secret string) bool {
		bare := unescape(secret)
		return containsPrefix(text, secret) || containsPrefix(text, bare) ||
			containsPrefix(plain, secret) || containsPrefix(plain, bare)
	})
}

func containsPrefix(text, secret string) bool {
	return secret != "" && strings.Contains(text, secret[:min(len(secret), minPrefix)])
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
