package queuetest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// settings are the attributes of a queue as they are used.
type settings struct {
	visibility   int
	maxSize      int
	fifo         bool
	dedupContent bool
	deadLetter   string // name of the queue
	maxReceives  int

	// What AWS has no attribute for.
	maxInFlight int
	staleWorks  bool
}

const (
	maxVisibility = 43200   // seconds: twelve hours
	maxInFlight   = 120_000 // the quota of either type of queue
	purgeSeconds  = 60      // between two purges
)

// numbers are the attributes that are numbers and have an effect, with their range.
var numbers = map[string]struct{ from, to int }{
	"VisibilityTimeout":  {0, maxVisibility},
	"MaximumMessageSize": {1024, 1 << 20},
}

var defaults = map[string]string{
	"VisibilityTimeout": "30", "ReceiveMessageWaitTimeSeconds": "0", "DelaySeconds": "0",
	"MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "SqsManagedSseEnabled": "true",
}

// others are the attributes that are kept as they are.
var others = []string{
	"ReceiveMessageWaitTimeSeconds", "DelaySeconds", "MessageRetentionPeriod", "Policy", "RedrivePolicy",
	"RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled", "FifoQueue", "ContentBasedDeduplication",
}

// set changes attributes, all or none of them.
func (q *queue) set(changes map[string]string) *Error {
	attributes := maps.Clone(q.attributes)
	maps.Copy(attributes, changes)
	changed := q.settings
	for name, value := range attributes {
		bounds, isNumber := numbers[name]
		n, err := strconv.Atoi(value)
		switch {
		case !isNumber && !slices.Contains(others, name):
			return errAttributeName(name)
		case isNumber && (err != nil || n < bounds.from || n > bounds.to):
			return sender(http.StatusBadRequest, "InvalidAttributeValue", "InvalidAttributeValue",
				"Invalid value for the parameter %s.", name)
		case value == "":
			delete(attributes, name)
		}
	}
	changed.visibility, _ = strconv.Atoi(attributes["VisibilityTimeout"])
	changed.maxSize, _ = strconv.Atoi(attributes["MaximumMessageSize"])
	changed.fifo = attributes["FifoQueue"] == "true"
	changed.dedupContent = attributes["ContentBasedDeduplication"] == "true"
	var policy struct {
		Target string `json:"deadLetterTargetArn"`
		Count  int    `json:"maxReceiveCount"`
	}
	_ = json.Unmarshal([]byte(attributes["RedrivePolicy"]), &policy) // one that cannot be read moves nothing
	changed.deadLetter, changed.maxReceives = policy.Target[strings.LastIndexByte(policy.Target, ':')+1:], policy.Count
	q.attributes, q.settings = attributes, changed
	return nil
}

// all are the attributes that were set, and those that nobody sets.
func (q *queue) all() map[string]string {
	all := maps.Clone(q.attributes)
	all["QueueArn"] = q.arn
	all["ApproximateNumberOfMessages"] = strconv.Itoa(q.count[visible])
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(q.count[inFlight])
	all["ApproximateNumberOfMessagesDelayed"] = "0"
	return all
}

type queueOutput struct {
	QueueUrl   string            `json:",omitempty"` //nolint:revive // the name on the wire
	Attributes map[string]string `json:",omitempty"`
}

func (q *queue) getQueueURL(*call) (any, *Error) {
	return queueOutput{QueueUrl: q.url()}, nil
}

func (q *queue) getQueueAttributes(c *call) (any, *Error) {
	out, all := queueOutput{Attributes: map[string]string{}}, q.all()
	for _, name := range c.AttributeNames {
		value, isSet := all[name]
		switch {
		case name == "All":
			out.Attributes = all
		case isSet:
			out.Attributes[name] = value
		case !slices.Contains(others, name):
			return nil, errAttributeName(name)
		}
	}
	return out, nil
}

func (q *queue) setQueueAttributes(c *call) (any, *Error) { return nil, q.set(c.Attributes) }

func (q *queue) purgeQueue(c *call) (any, *Error) {
	if c.now-q.purged < q.s.seconds(purgeSeconds) {
		return nil, sender(http.StatusForbidden, "PurgeQueueInProgress", simple+"PurgeQueueInProgress",
			"Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.name)
	}
	q.clear()
	q.purged = c.now
	return nil, nil
}
