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

// packed is the attribute of a dead letter that holds all attributes that the message had, as JSON, where they do not
// fit beside those that say why it is a dead letter.
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

// own are the attributes of a message. One that was a dead letter, and that SQS itself has sent back, has also those
// that said why.
func (m *Message) own() (own map[string]attribute) {
	if m.attributes == nil {
		return nil
	}
	_ = json.Unmarshal(m.attributes, &own) // it was read as JSON; what is not as SQS writes it counts as none
	if WasRefused(own) {
		own = withoutReasons(own, func(a attribute) *string { return a.StringValue })
	}
	return own
}

// WasRefused reports, by its attributes, whether a message was written by DeadLetter.
func WasRefused[A any](attributes map[string]A) bool {
	_, status := attributes["status"]
	_, id := attributes["message-id"]
	return status && id
}

// Attribute is the value of one of the message attributes that Options name: a text, or the base64 of binary data. It
// is empty where the message does not have it.
func (m *Message) Attribute(name string) string {
	a := m.own()[name]
	if a.BinaryValue != nil {
		return base64.StdEncoding.EncodeToString(a.BinaryValue)
	}
	return aws.ToString(a.StringValue)
}

// OwnAttributes are those of a dead letter that its message had before.
func OwnAttributes(of map[string]types.MessageAttributeValue) map[string]types.MessageAttributeValue {
	return withoutReasons(of, func(a types.MessageAttributeValue) *string { return a.StringValue })
}

func withoutReasons[A any](all map[string]A, text func(A) *string) map[string]A {
	own := maps.Clone(all)
	maps.DeleteFunc(own, func(name string, _ A) bool { return slices.Contains(reasons, name) })
	together, is := own[packed]
	var inside map[string]A
	if !is || json.Unmarshal([]byte(aws.ToString(text(together))), &inside) != nil {
		return own
	}
	delete(own, packed)
	maps.Copy(own, inside)
	return own
}
