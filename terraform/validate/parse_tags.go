package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Tags reads key=value,key=value and lists what is wrong with it. The modules check the keys and the values.
func Tags(text string, reserved ...string) (tags map[string]string, problems []string) {
	tags = map[string]string{}
	for _, pair := range List(text) {
		key, value, found := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		_, twice := tags[key]
		tags[key] = value
		switch {
		case !found:
			problems = append(problems, fmt.Sprintf("%q: a tag has the form key=value", pair))
		case twice:
			problems = append(problems, fmt.Sprintf("%q: the key is given twice", pair))
		case slices.Contains(reserved, key):
			problems = append(problems, fmt.Sprintf("%q: the stack itself sets this tag", pair))
		}
	}
	return tags, problems
}

// notInTags matches the characters that AWS does not accept in the value of a tag.
var notInTags = regexp.MustCompile(`[^\p{L}\p{Z}\p{N}_.:/=+\-@]`)

// TagValue returns text in a form that AWS accepts as the value of a tag: other characters become _, and what exceeds
// 256 characters is cut off.
func TagValue(text string) string {
	value := []rune(notInTags.ReplaceAllString(text, "_"))
	return string(value[:min(len(value), 256)])
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
