package settings

import (
	"net"
	"net/netip"
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

// IsAddressOrLocalhost reports whether the host of a request is an IP address or localhost, and no other name. Another
// site can make its name resolve to this address (DNS rebinding), and a browser then treats that site and this one as
// the same.
func IsAddressOrLocalhost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || strings.EqualFold(host, "localhost")
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
