package settings

import "strings"

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
