package settings

import (
	"net/url"
	"strings"
)

// WebURL returns the http or https URL that a text is, or nil if it is not one.
func WebURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil
	}
	return u
}

// Redact returns an address for messages, without the password that it may contain. The address need not be a URL: text
// that is refused because it is not a URL may still contain a password. So everything before the last @ is hidden, and
// so is the query.
func Redact(address string) string {
	scheme := ""
	if before, rest, found := strings.Cut(address, "://"); found {
		scheme, address = before+"://", rest
	}
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		scheme, address = scheme+"(hidden)", address[at:]
	}
	if before, _, query := strings.Cut(address, "?"); query {
		address = before + "?(hidden)"
	}
	return scheme + address
}
