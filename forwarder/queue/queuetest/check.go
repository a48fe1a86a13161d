package queuetest

import (
	"strings"
	"unicode/utf8"
)

// allowed tells whether SQS takes the text: XML's characters, in valid UTF-8.
func allowed(body string) bool {
	for i, r := range body {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r < utf8.RuneError || r >= 0x10000:
		case r == utf8.RuneError && strings.HasPrefix(body[i:], "\uFFFD"): // the character itself, not a broken one
		default:
			return false
		}
	}
	return true
}

func checkAttributes(attrs map[string]Attribute) *Error {
	if len(attrs) > 10 {
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [10].", len(attrs))
	}
	for name, a := range attrs {
		kind, _, _ := strings.Cut(a.DataType, ".")
		value := a.StringValue
		switch kind {
		case "String", "Number":
		case "Binary":
			value = string(a.BinaryValue)
		default:
			return invalid("The type of message (user) attribute '%s' is invalid. "+
				"You must use only the following supported type prefixes: Binary, Number, String.", name)
		}
		if value == "" {
			return invalid("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, kind)
		}
		if !isAttributeLabel(name) {
			return invalid("Message (user) attribute name can contain alphanumeric characters, underscores, hyphens "+
				"and periods, up to 256, and cannot begin with AWS. or Amazon.: '%s'", name)
		}
	}
	return nil
}

func isAttributeLabel(name string) bool {
	lower := strings.ToLower(name)
	if len(name) == 0 || len(name) > 256 || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") ||
		strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
		return false
	}
	for part := range strings.SplitSeq(name, ".") {
		if !isWord(part) {
			return false
		}
	}
	return true
}

// isBatchID tells whether SQS takes the id of a batch's entry; the names of queues are of the same letters.
func isBatchID[T []byte | string](id T) bool { return len(id) > 0 && len(id) <= 80 && isWord(id) }

func isWord[T []byte | string](s T) bool {
	for i := range len(s) {
		c := s[i]
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// isToken tells whether s may be a group or deduplication id.
func isToken(s string) bool {
	ok := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	return ok && len(s) > 0 && len(s) <= 128
}
