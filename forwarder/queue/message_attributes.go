package queue

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxAttributes is how many attributes a message may have (quota of SQS).
const maxAttributes = 10

// packed is the attribute of a dead letter that contains all attributes of the original message as JSON, if they do not
// fit together with those that say why it is a dead letter.
const packed = "attributes"

// attributes are message attributes by name.
type attributes = map[string]types.MessageAttributeValue

func textAttribute(text string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &text}
}

// attributeSize returns how many bytes of a message's maximum size the attribute takes.
func attributeSize(name string, a types.MessageAttributeValue) int {
	return len(name) + len(aws.ToString(a.DataType)) + len(aws.ToString(a.StringValue)) + len(a.BinaryValue)
}

// own returns the message's own attributes. If SQS's own redrive has moved a dead letter back, the message still has
// the attributes that DeadLetter added; they are left out.
func (m *Message) own() (own attributes) {
	_ = json.Unmarshal(m.attributes, &own) // it is valid JSON or empty; what does not have SQS's form is ignored
	if WasRefused(own) {
		return OwnAttributes(own)
	}
	return own
}

// WasRefused reports whether the attributes are those of a message that DeadLetter has sent.
func WasRefused(attributes map[string]types.MessageAttributeValue) bool {
	_, status := attributes["status"]
	_, id := attributes["message-id"]
	return status && id
}

// Attribute returns the value of one of the message attributes that Options name: a text, or the base64 of binary data.
// It is empty if the message does not have the attribute.
func (m *Message) Attribute(name string) string {
	a := m.own()[name]
	return cmp.Or(aws.ToString(a.StringValue), base64.StdEncoding.EncodeToString(a.BinaryValue))
}

// OwnAttributes returns the attributes that a message had before it became a dead letter.
func OwnAttributes(all map[string]types.MessageAttributeValue) map[string]types.MessageAttributeValue {
	own := maps.Clone(all)
	for _, name := range reasonAttributes {
		delete(own, name)
	}
	var inside attributes
	if json.Unmarshal([]byte(aws.ToString(own[packed].StringValue)), &inside) == nil { // it fails if none are packed
		delete(own, packed)
		maps.Copy(own, inside)
	}
	return own
}
