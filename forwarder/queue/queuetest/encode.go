package queuetest

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// appendQuoted writes s as a JSON string, with no more escapes than JSON demands, as AWS does.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[start:i]...), `\ufffd`...)
		} else {
			b = appendEscape(append(b, s[start:i]...), c)
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendAttributes writes message attributes and their digest.
func appendAttributes(b []byte, attrs map[string]Attribute) []byte {
	b = append(append(b, `,"MD5OfMessageAttributes":"`...), digestAttributes(attrs)...)
	b = append(b, `","MessageAttributes":{`...)
	for i, name := range slices.Sorted(maps.Keys(attrs)) {
		if i > 0 {
			b = append(b, ',')
		}
		a := attrs[name]
		b = append(appendQuoted(b, name), `:{"DataType":`...)
		b = appendQuoted(b, a.DataType)
		if a.BinaryValue != nil {
			b = append(b, `,"BinaryValue":"`...)
			b = append(base64.StdEncoding.AppendEncode(b, a.BinaryValue), `"}`...)
		} else {
			b = append(appendQuoted(append(b, `,"StringValue":`...), a.StringValue), '}')
		}
	}
	return append(b, '}')
}

// system is a set of message system attributes.
type system uint16

const (
	senderID system = 1 << iota
	sentTimestamp
	receiveCount
	firstReceive
	sequenceNumber
	dedupID
	groupID
	traceHeader
	sourceArn
	allSystem system = 1<<iota - 1
)

func systemAttribute(name []byte) system {
	switch string(name) {
	case "All":
		return allSystem
	case "SenderId":
		return senderID
	case "SentTimestamp":
		return sentTimestamp
	case "ApproximateReceiveCount":
		return receiveCount
	case "ApproximateFirstReceiveTimestamp":
		return firstReceive
	case "SequenceNumber":
		return sequenceNumber
	case "MessageDeduplicationId":
		return dedupID
	case "MessageGroupId":
		return groupID
	case "AWSTraceHeader":
		return traceHeader
	case "DeadLetterQueueSourceArn":
		return sourceArn
	}
	return 0
}

const sentBy = "AIDAQUEUETESTSENDER01"

// appendSystem writes those system attributes of d that are wanted and that it has.
func appendSystem(b []byte, d delivery, want system) []byte {
	m, start := d.m, len(b)
	text := func(which system, name, value string) {
		if want&which != 0 && value != "" {
			b = append(append(append(b, ',', '"'), name...), `":`...)
			b = appendQuoted(b, value)
		}
	}
	number := func(which system, name string, value int64) {
		if want&which != 0 {
			b = append(append(append(b, ',', '"'), name...), `":"`...)
			b = append(strconv.AppendInt(b, value, 10), '"')
		}
	}
	b = append(b, `,"Attributes":`...)
	first := len(b)
	text(senderID, "SenderId", sentBy)
	number(sentTimestamp, "SentTimestamp", m.sent)
	number(receiveCount, "ApproximateReceiveCount", int64(d.count))
	number(firstReceive, "ApproximateFirstReceiveTimestamp", m.first)
	if m.number > 0 && want&sequenceNumber != 0 {
		b = append(appendNumber(append(b, `,"SequenceNumber":"`...), m.number), '"')
	}
	text(dedupID, "MessageDeduplicationId", m.dedup)
	text(groupID, "MessageGroupId", m.group)
	text(traceHeader, "AWSTraceHeader", m.trace)
	text(sourceArn, "DeadLetterQueueSourceArn", m.source)
	if len(b) == first {
		return b[:start]
	}
	b[first] = '{' // in place of the first comma
	return append(b, '}')
}
