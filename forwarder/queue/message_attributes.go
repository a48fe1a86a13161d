package queue

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxAttributes is how many attributes a message may have (quota of SQS).
const maxAttributes = 10

// packed is the attribute of a dead letter that contains all attributes of the original message as JSON, if they do not
// fit together with those that say why it is a dead letter.
const packed = "attributes"

// attribute is a message attribute as SQS writes it.
type attribute struct {
	DataType    string
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

func (a attribute) size(name string) int {
	return len(name) + len(a.DataType) + len(aws.ToString(a.StringValue)) + len(a.BinaryValue)
}

func textAttribute(text string) attribute {
	return attribute{DataType: "String", StringValue: &text}
}

// own returns the message's own attributes. If SQS's own redrive has moved a dead letter back, the message still has
// the attributes that DeadLetter added; they are left out.
func (m *Message) own() (own map[string]attribute) {
	_ = json.Unmarshal(m.attributes, &own) // it is valid JSON or empty; what does not have SQS's form is ignored
	if WasRefused(own) {
		own = withoutReasons(own, func(a attribute) *string { return a.StringValue })
	}
	return own
}

// WasRefused reports whether the attributes are those of a message that DeadLetter has sent.
func WasRefused[A any](attributes map[string]A) bool {
	_, status := attributes["status"]
	_, id := attributes["message-id"]
	return status && id
}

// Attribute returns the value of one of the message attributes that Options name: a text, or the base64 of binary data.
// It is empty if the message does not have the attribute.
func (m *Message) Attribute(name string) string {
	a := m.own()[name]
	if a.BinaryValue != nil {
		return base64.StdEncoding.EncodeToString(a.BinaryValue)
	}
	return aws.ToString(a.StringValue)
}

// OwnAttributes returns the attributes that a message had before it became a dead letter.
func OwnAttributes(of map[string]types.MessageAttributeValue) map[string]types.MessageAttributeValue {
	return withoutReasons(of, func(a types.MessageAttributeValue) *string { return a.StringValue })
}

func withoutReasons[A any](all map[string]A, text func(A) *string) map[string]A {
	own := maps.Clone(all)
	maps.DeleteFunc(own, func(name string, _ A) bool { return slices.Contains(reasonAttributes, name) })
	together, found := own[packed]
	var inside map[string]A
	if !found || json.Unmarshal([]byte(aws.ToString(text(together))), &inside) != nil {
		return own
	}
	delete(own, packed)
	maps.Copy(own, inside)
	return own
}
