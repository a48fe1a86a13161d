package tracing

import (
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// eventAttributes returns the attributes that the spans of all events have.
func eventAttributes(o Options) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.MessagingSystemKey.String("aws_sqs"),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingOperationName("process"),
		semconv.MessagingDestinationName(o.Queue), semconv.AWSSQSQueueURL(o.QueueURL),
	}
}

// messageAttributes returns the attributes of one event's span.
func messageAttributes(m *queue.Message, e *event.Event) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		semconv.MessagingMessageID(m.ID),
		semconv.MessagingMessageBodySize(len(m.Body)),
		attribute.Int("aws.sqs.receive_count", m.Receives),
		semconv.CloudEventsEventID(e.ID), semconv.CloudEventsEventType(e.Type), semconv.CloudEventsEventSource(e.Source),
	}
	if e.Subject != "" {
		attributes = append(attributes, semconv.CloudEventsEventSubject(e.Subject))
	}
	return attributes
}

// tryAttributes returns the attributes that the spans of all tries have.
func tryAttributes(o Options) []attribute.KeyValue {
	receiver := *o.Receiver
	receiver.User, receiver.RawQuery = nil, "" // either may contain a secret
	attributes := []attribute.KeyValue{
		semconv.HTTPRequestMethodPost, semconv.URLFull(receiver.String()), semconv.ServerAddress(receiver.Hostname()),
	}
	if port, err := strconv.Atoi(receiver.Port()); err == nil {
		attributes = append(attributes, semconv.ServerPort(port))
	}
	return attributes
}
