package settings

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"unicode"
)

// CheckAWS lists variables of the AWS SDK, and those that name a proxy, that hold what no request may have. The SDK
// would take them, sign with them, and have every request refused, or be unable to write it.
func CheckAWS() []string {
	var problems []string
	for _, entry := range os.Environ() {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			continue
		}
		if strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) {
			problems = append(problems, name+" has a line break or a blank around it, or a control character in it: "+
				"text without is accepted")
		}
		if strings.HasPrefix(name, "AWS_ENDPOINT_URL") && text != "" && !isEndpoint(text) {
			problems = append(problems, fmt.Sprintf("%s is %q: an http or https URL without user and password is accepted",
				name, Redact(text)))
		}
	}
	return problems
}

// isEndpoint reports whether the SDK can use the address. With a password in it, it cannot: the SDK would only repeat
// that in its errors, since requests carry a signature instead.
func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// Redact is the text of an address for messages, without the password that it may hold. The text need not be a URL:
// what is refused because it cannot be read holds its secrets all the same. So all that stands before the last @ goes,
// and the query.
func Redact(address string) string {
	scheme := ""
	if before, rest, is := strings.Cut(address, "://"); is {
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
