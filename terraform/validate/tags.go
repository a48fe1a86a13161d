package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// notInTags matches the characters that AWS does not accept in the key or the value of a tag.
var notInTags = regexp.MustCompile(`[^\p{L}\p{Z}\p{N}_.:/=+\-@]`)

// maxTags is the number of tags that a resource can have, and maxTagValue the number of characters in a tag's value.
const (
	maxTags     = 50
	maxTagValue = 256
)

// Tags reads key=value,key=value and lists every tag that AWS would refuse, or that is reserved for the stack itself.
func Tags(text string, reserved ...string) (tags map[string]string, problems []string) {
	tags = map[string]string{}
	for _, pair := range List(text) {
		key, value, found := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		_, twice := tags[key]
		problem := ""
		switch {
		case !found:
			problem = "a tag has the form key=value"
		case twice:
			problem = "the key is given twice"
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			problem = "AWS reserves keys that begin with aws:"
		case slices.Contains(reserved, key):
			problem = "the stack itself sets this tag"
		case key == "" || utf8.RuneCountInString(key) > 128:
			problem = "a key has 1 to 128 characters"
		case utf8.RuneCountInString(value) > maxTagValue:
			problem = fmt.Sprintf("a value has at most %d characters", maxTagValue)
		case notInTags.MatchString(key + value):
			problem = "letters, digits, spaces and _ . : / = + - @ are accepted"
		}
		if problem != "" {
			problems = append(problems, fmt.Sprintf("%q: %s", pair, problem))
		}
		tags[key] = value
	}
	if most := maxTags - len(reserved); len(tags) > most {
		problems = append(problems, fmt.Sprintf("%d tags: at most %d are accepted beside the stack's own", len(tags), most))
	}
	return tags, problems
}

// TagValue returns text in a form that AWS accepts as the value of a tag: other characters become _, and what exceeds
// 256 characters is cut off.
func TagValue(text string) string {
	value := []rune(notInTags.ReplaceAllString(text, "_"))
	return string(value[:min(len(value), maxTagValue)])
}

// List returns the entries of a comma-separated list, without the empty ones.
func List(text string) []string {
	var list []string
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			list = append(list, entry)
		}
	}
	return list
}
