package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// patternWords is an event pattern on one short line: its own fields, and for detail what is looked at.
func patternWords(pattern string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(pattern), &fields) != nil {
		return ""
	}
	var parts []string
	for _, name := range []string{"source", "detail-type"} {
		if values, ok := fields[name]; ok {
			parts = append(parts, name+" "+listWords(values))
			delete(fields, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if inner := object(fields[name]); inner != nil {
			for _, key := range slices.Sorted(maps.Keys(inner)) {
				parts = append(parts, name+"."+key)
			}
			continue
		}
		parts = append(parts, name+" "+listWords(fields[name]))
	}
	return cut(strings.Join(parts, ", "), 90)
}

func listWords(v any) string {
	list, _ := v.([]any)
	var words []string
	for _, entry := range list {
		if object(entry) != nil {
			encoded, _ := json.Marshal(entry)
			words = append(words, string(encoded))
			continue
		}
		words = append(words, fmt.Sprint(entry))
	}
	return strings.Join(words, " or ")
}

func cut(s string, width int) string {
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return s
}
