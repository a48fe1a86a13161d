package queuetest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestReceiveRefusals(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		for name, in := range map[string]sqs.ReceiveMessageInput{
			"11 messages":     {MaxNumberOfMessages: 11},
			"-1 messages":     {MaxNumberOfMessages: -1},
			"21 seconds":      {WaitTimeSeconds: 21},
			"-1 seconds":      {WaitTimeSeconds: -1},
			"over 12 hours":   {VisibilityTimeout: 43201},
			"visibility < 0":  {VisibilityTimeout: -1},
			"a huge number":   {MaxNumberOfMessages: 1<<31 - 1},
			"a number < 1<<9": {WaitTimeSeconds: -1 << 31},
		} {
			in.QueueUrl = &q.URL
			_, err := a.ReceiveMessage(t.Context(), &in)
			t.Log(name)
			requireCode(t, err, "InvalidParameterValue")
		}
	})
}

func TestSizeOfMessages(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		small := a.Create("small", queuetest.Queue{MaxMessageSize: 1024})
		for _, c := range []struct {
			q    *queuetest.Queue
			size int
			ok   bool
		}{{q, 1 << 20, true}, {q, 1<<20 + 1, false}, {small, 1024, true}, {small, 1025, false}} {
			body := strings.Repeat("x", c.size-len("kString")-2)
			_, err := a.SendMessage(t.Context(), &sqs.SendMessageInput{
				QueueUrl: &c.q.URL, MessageBody: &body, MessageAttributes: stringAttribute("k", "vv"),
			})
			if c.ok {
				noError(t, err)
			} else {
				requireCode(t, err, "InvalidParameterValue")
			}
		}
	})
}

// TestSizeOfMessagesThatArePut counts what is put without HTTP in the same way.
func TestSizeOfMessagesThatArePut(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("small", queuetest.Queue{MaxMessageSize: 1024})
		attributes := map[string]queuetest.Attribute{"k": {DataType: "Binary", BinaryValue: []byte("vv")}}
		for size, ok := range map[int]bool{1024: true, 1025: false} {
			body := strings.Repeat("x", size-len("kBinary")-2)
			func() {
				defer func() { equal(t, ok, recover() == nil) }()
				q.Put(queuetest.Message{Body: body, Attributes: attributes})
			}()
		}
		requireDepth(t, q, 1, 0)
	})
}

func stringAttribute(name, value string) map[string]types.MessageAttributeValue {
	kind := "String"
	return map[string]types.MessageAttributeValue{name: {DataType: &kind, StringValue: &value}}
}

func TestSendRefusals(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		attribute := func(name, value string) sqs.SendMessageInput {
			return sqs.SendMessageInput{MessageAttributes: stringAttribute(name, value)}
		}
		for name, c := range map[string]struct {
			body string
			in   sqs.SendMessageInput
			code string
		}{
			"empty body":      {"", sqs.SendMessageInput{}, "InvalidParameterValue"},
			"empty attribute": {"x", attribute("k", ""), "InvalidParameterValue"},
		} {
			c.in.QueueUrl, c.in.MessageBody = &q.URL, &c.body
			_, err := a.SendMessage(t.Context(), &c.in)
			t.Log(name)
			requireCode(t, err, c.code)
		}
		requireDepth(t, q, 0, 0)
	})
}
