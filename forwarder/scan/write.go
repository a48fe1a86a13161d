package scan

import (
	"encoding/json"
	"unicode/utf8"
)

// AppendString writes text as a JSON string. Most texts on the way of an event are plain: handles, ids, names.
func AppendString(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			escaped, _ := json.Marshal(text) // a string cannot fail; what is no UTF-8 is replaced
			return append(dst, escaped...)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}
