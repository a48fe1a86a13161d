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

// packed is the attribute of a dead letter that holds all attributes that the message had, as JSON, where they do not fit beside
// those that say why it is a dead letter.
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

func (m *Message) own() (own map[string]attribute) {
	if m.attributes != nil {
		_ = json.Unmarshal(m.attributes, &own) // it was read as JSON; what is not as SQS writes it counts as none
	}
	return own
}

// Attribute is the value of one of the message attributes that Options name: a text, or the base64 of binary data. It is empty
// where the message does not have it.
func (m *Message) Attribute(name string) string {
	a := m.own()[name]
	if a.BinaryValue != nil {
		return base64.StdEncoding.EncodeToString(a.BinaryValue)
	}
	return aws.ToString(a.StringValue)
}

// OwnAttributes are those of a dead letter that its message had before.
func OwnAttributes(of map[string]types.MessageAttributeValue) map[string]types.MessageAttributeValue {
	own := maps.Clone(of)
	maps.DeleteFunc(own, func(name string, _ types.MessageAttributeValue) bool { return slices.Contains(reasons, name) })
	all, is := own[packed]
	var inside map[string]types.MessageAttributeValue
	if !is || json.Unmarshal([]byte(aws.ToString(all.StringValue)), &inside) != nil {
		return own
	}
	delete(own, packed)
	maps.Copy(own, inside)
	return own
}
