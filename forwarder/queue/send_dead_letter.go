package queue

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// reasonAttributes say why a message is a dead letter. The reason itself, which may be long, gets the space that the
// others leave.
var reasonAttributes = []string{"status", "message-id", "event-id", "event-type", "reason"}

const maxReason = 1000 // maximum size of each of these attributes, in bytes

// DeadLetter puts a copy of the message into the dead-letter queue, with the message's own attributes and those in why.
// If they do not all fit, those in why are shortened or left out first. OwnAttributes removes them again. ErrTooLarge
// means that not even the body fits. The caller still has to delete the message.
func (q *Queue) DeadLetter(ctx context.Context, m *Message, why map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	room := q.DeadLetterMaxSize - len(m.Body)
	if room < 0 {
		return fmt.Errorf("send to dead-letter queue: %w: its MaximumMessageSize is %d bytes and the event has %d",
			ErrTooLarge, q.DeadLetterMaxSize, len(m.Body))
	}
	// The deduplication id is the message id, so that a second attempt within five minutes makes no second dead letter.
	in := NewSend(q.DeadLetterURL, string(m.Body), fit(m.own(), why, room), m.Trace, cmp.Or(m.Group, m.ID), m.ID)
	body, _ := jsonv2.Marshal(in, wireFormat) // texts and bytes always encode
	got, err := q.fast.call(ctx, "SendMessage", body, 0)
	var sent sqs.SendMessageOutput
	if err == nil && (jsonv2.Unmarshal(got.text, &sent) != nil || aws.ToString(sent.MessageId) == "") {
		err = errAnswer
	}
	if err != nil {
		return fmt.Errorf("send to dead-letter queue: %w", err)
	}
	return nil
}

// wireFormat are the options with which the SDK's types are encoded as SQS's JSON protocol demands.
var wireFormat = jsonv2.JoinOptions(jsonv2.OmitZeroStructFields(true), jsontext.AllowInvalidUTF8(true))

// NewSend returns a request that sends a message to the queue with this URL. all are its message attributes, and trace
// is its AWSTraceHeader, which may be empty; only a FIFO queue gets the message group and the deduplication id.
func NewSend(
	url, body string, all map[string]types.MessageAttributeValue, trace, group, deduplicationID string,
) *sqs.SendMessageInput {
	in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, MessageAttributes: all}
	if trace != "" {
		in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: &trace},
		}
	}
	if strings.HasSuffix(url, ".fifo") {
		in.MessageGroupId, in.MessageDeduplicationId = &group, &deduplicationID
	}
	return in
}

// fit chooses the attributes of a dead letter, at most room bytes: the message's own, and those of why that fit. The
// message's own attributes are packed into a single one if there are too many of them or if one has a reserved name.
func fit(own attributes, why map[string]string, room int) attributes {
	all := attributes{}
	put := func(name string, a types.MessageAttributeValue) bool {
		_, found := all[name]
		isEmpty := aws.ToString(a.StringValue) == "" && len(a.BinaryValue) == 0
		if found || isEmpty || attributeSize(name, a) > room || len(all) == maxAttributes {
			return false
		}
		all[name] = a
		room -= attributeSize(name, a)
		return true
	}
	isReserved := func(name string) bool { return name == packed || slices.Contains(reasonAttributes, name) }
	names := slices.Sorted(maps.Keys(own))
	if len(names)+len(reasonAttributes) > maxAttributes || slices.ContainsFunc(names, isReserved) {
		text, _ := jsonv2.Marshal(own, wireFormat) // texts and bytes always encode
		if put(packed, textAttribute(string(text))) {
			names = nil
		}
	}
	for _, name := range names {
		put(name, own[name])
	}
	for _, name := range reasonAttributes {
		size := maxReason
		if name == "reason" {
			size = min(size, room-attributeSize(name, textAttribute("")))
		}
		put(name, textAttribute(validText(why[name], size)))
	}
	return all
}

// validText replaces the characters that SQS does not accept in an attribute with "?", and cuts the text to size bytes.
func validText(text string, size int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r == 0xfffe || r == 0xffff || (r < ' ' && r != '\t' && r != '\n' && r != '\r') {
			return '?'
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:max(0, min(len(text), size))], "")
}
