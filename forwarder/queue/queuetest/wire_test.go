package queuetest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// post sends a request as it is, and returns the answer.
func (a account) post(t *testing.T, op, body string) (status int, header http.Header, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL, strings.NewReader(body))
	noError(t, err)
	r.Header.Set("X-Amz-Target", "AmazonSQS."+op)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	resp, err := a.Client().Do(r)
	noError(t, err)
	b, err := io.ReadAll(resp.Body)
	noError(t, errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, resp.Header, string(b)
}

func TestAnswersLookLikeAWSs(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		for _, c := range []struct {
			op, body string
			status   int
			want     string
		}{
			{"ReceiveMessage", `{"QueueUrl":"` + q.URL + `"}`, 200, `{}`},
			{
				"ReceiveMessage", `{"QueueUrl":"x/none"}`, 400,
				`{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`,
			},
			{
				"DeleteMessage", `{"QueueUrl":"` + q.URL + `","ReceiptHandle":"garbage"}`, 404,
				`{"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid","message":"The input receipt handle \"garbage\" ` +
					`is not a valid receipt handle."}`,
			},
			{"GetQueueUrl", `{"QueueName":"jobs"}`, 200, `{"QueueUrl":"` + q.URL + `"}`},
			{
				"Fly", `{}`, 400, `{"__type":"com.amazonaws.sqs#UnknownOperationException",` +
					`"message":"This server does not support the requested operation."}`,
			},
		} {
			status, header, got := a.post(t, c.op, c.body)
			equal(t, c.want, got)
			equal(t, c.status, status)
			equal(t, "application/x-amz-json-1.0", header.Get("Content-Type"))
			equal(t, 36, len(header.Get("X-Amzn-Requestid")))
		}
		q.Send("x")
		handle := a.receive(t, q)[0].ReceiptHandle
		status, _, got := a.post(t, "DeleteMessage", fmt.Sprintf(`{"QueueUrl":%q,"ReceiptHandle":%q}`, q.URL, *handle))
		equal(t, "200 ", fmt.Sprint(status, " ", got)) // no body at all
	})
}

func TestBodiesSurvive(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		want := []string{
			`{"id":9007199254740993,"quote":"\"\\\"","nested":{"a":["b"]}}`,
			"tab\tnewline\nreturn\r", "<html>&amp;\u2028\u2029", "日本語 and 🎉 and \uFFFD", `\u0041`, strings.Repeat(`"`, 1000),
		}
		for _, body := range want[:3] {
			_, err := a.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &body})
			noError(t, err) // the SDK checks the digest
		}
		q.Send(want[3:]...)
		equal(t, want, bodies(a.receive(t, q))) // and here too
		for i, m := range q.Messages() {
			equal(t, want[i], m.Body)
		}
	})
}

func TestMessageAttributes(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1})
		body := "msg"
		attrs := stringAttribute("General", "Kenobi")
		attrs["Hello"] = stringAttribute("h", "There")["h"]
		_, err := a.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &q.URL, MessageBody: &body, MessageAttributes: attrs,
		})
		noError(t, err)
		for _, c := range []struct {
			names []string
			want  map[string]types.MessageAttributeValue
		}{
			{nil, nil},
			{[]string{"All"}, attrs},
			{[]string{"Hello", "Nobody"}, map[string]types.MessageAttributeValue{"Hello": attrs["Hello"]}},
			{[]string{"Nobody"}, nil},
		} {
			m := a.receive(t, q, func(in *sqs.ReceiveMessageInput) { in.MessageAttributeNames = c.names })[0]
			equal(t, len(c.want), len(m.MessageAttributes))
			for name, value := range c.want {
				equal(t, *value.StringValue, *m.MessageAttributes[name].StringValue)
			}
			noError(t, a.hide(t, q, m, 0))
		}
	})
}

func TestTraceHeader(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		body, trace := "msg", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
		kind := "String"
		_, err := a.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &q.URL, MessageBody: &body,
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: &kind, StringValue: &trace},
			},
		})
		noError(t, err)
		a.post(t, "SendMessage", `{"QueueUrl":"`+q.URL+`","MessageBody":"none"}`)
		got := a.receive(t, q)
		equal(t, trace, got[0].Attributes["AWSTraceHeader"])
		equal(t, "", got[1].Attributes["AWSTraceHeader"])
	})
}

func TestBinaryAttribute(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		body, kind := "msg", "Binary.raw"
		_, err := a.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &q.URL, MessageBody: &body,
			MessageAttributes: map[string]types.MessageAttributeValue{"b": {DataType: &kind, BinaryValue: []byte{0, 255, 7}}},
		})
		noError(t, err)
		got := a.receive(t, q)[0].MessageAttributes["b"]
		equal(t, []byte{0, 255, 7}, got.BinaryValue)
		equal(t, kind, *got.DataType)
		equal(t, []byte{0, 255, 7}, q.Messages()[0].Attributes["b"].BinaryValue)
	})
}

func TestSystemAttributesAreChosen(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send("x", "y")
		m := a.receive(t, q, most(1), func(in *sqs.ReceiveMessageInput) {
			in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"ApproximateReceiveCount", "MessageGroupId"}
		})[0]
		equal(t, map[string]string{"ApproximateReceiveCount": "1"}, m.Attributes)
		_, _, got := a.post(t, "ReceiveMessage", `{"QueueUrl":"`+q.URL+`"}`)
		var none struct{ Messages []map[string]any }
		noError(t, json.Unmarshal([]byte(got), &none))
		equal(t, 4, len(none.Messages[0])) // MessageId, MD5OfBody, Body, ReceiptHandle
	})
}

func TestBrokenRequests(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		u := `"QueueUrl":"` + q.URL + `"`
		for op, requests := range map[string][]string{
			"ReceiveMessage": {
				``, `{`, `[]`, `{` + u, `{` + u + `,}`, `{` + u + `}x`, `{` + u + `,"WaitTimeSeconds":1.5}`,
				`{` + u + `,"WaitTimeSeconds":"1"}`, `{` + u + `,"WaitTimeSeconds":01}`, `{` + u + ` "a":1}`,
				`{` + u + `,"MessageAttributeNames":["a",]}`, `{` + u + `,"Other":{"a":}}`, `{"QueueUrl":"a` + "\n" + `"}`,
			},
			"DeleteMessageBatch": {`{` + u + `,"Entries":[{"Id":"1","ReceiptHandle":"x"},]}`, `{` + u + `,"Entries":{}}`},
			"SendMessage":        {`{` + u + `,"MessageBody":1}`},
			"GetQueueUrl":        {`{"QueueName":[]}`},
		} {
			for _, body := range requests {
				t.Log(op, body)
				status, _, answer := a.post(t, op, body)
				equal(t, 400, status)
				equal(t, true, strings.Contains(answer, "#SerializationException"))
			}
		}
		status, _, _ := a.post(t, "ReceiveMessage", ` { `+u+` , "WaitTimeSeconds" : null , "Other" : [ { } , "\"" ] } `)
		equal(t, 200, status)
	})
}
