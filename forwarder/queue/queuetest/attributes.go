package queuetest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// settings are the attributes of a queue as they are used.
type settings struct {
	visibility   int
	wait         int
	delay        int
	maxSize      int
	fifo         bool
	dedupContent bool
	dedupByGroup bool
	deadLetter   string // name of the queue
	maxReceives  int

	// What AWS has no attribute for.
	maxInFlight int
	staleWorks  bool
}

const maxVisibility = 43200 // seconds: twelve hours

// numbers are the attributes that are numbers, with their range and default.
var numbers = map[string]struct {
	least, most int
	usual       string
	field       func(*settings) *int
}{
	"VisibilityTimeout":             {0, maxVisibility, "30", func(s *settings) *int { return &s.visibility }},
	"ReceiveMessageWaitTimeSeconds": {0, 20, "0", func(s *settings) *int { return &s.wait }},
	"DelaySeconds":                  {0, 900, "0", func(s *settings) *int { return &s.delay }},
	"MaximumMessageSize":            {1024, 1 << 20, "1048576", func(s *settings) *int { return &s.maxSize }},
	"MessageRetentionPeriod":        {60, 1209600, "345600", nil},
	"KmsDataKeyReusePeriodSeconds":  {60, 86400, "", nil},
}

// texts are the other attributes that may be set; the FIFO ones only on a FIFO queue.
var texts = map[string]struct {
	fifo  bool
	usual string
}{
	"Policy": {}, "RedrivePolicy": {}, "RedriveAllowPolicy": {}, "KmsMasterKeyId": {}, "SqsManagedSseEnabled": {usual: "true"},
	"FifoQueue": {true, ""}, "ContentBasedDeduplication": {true, "false"},
	"DeduplicationScope": {true, "queue"}, "FifoThroughputLimit": {true, "perQueue"},
}

func defaults(fifo bool) (map[string]string, settings) {
	attributes, set := map[string]string{}, settings{fifo: fifo, maxInFlight: maxInFlight}
	for name, n := range numbers {
		if n.usual != "" {
			attributes[name] = n.usual
		}
		if n.field != nil {
			*n.field(&set), _ = strconv.Atoi(n.usual)
		}
	}
	for name, t := range texts {
		if t.usual != "" && (fifo || !t.fifo) {
			attributes[name] = t.usual
		}
	}
	if fifo {
		attributes["FifoQueue"] = "true"
	}
	return attributes, set
}

// apply sets one attribute and checks it as AWS does; after an error what it was to change is of no use.
func (s *Server) apply(name, value string, attributes map[string]string, set *settings) *Error {
	if n, ok := numbers[name]; ok {
		v, err := strconv.Atoi(value)
		if err != nil || v < n.least || v > n.most {
			return errAttributeValue(name)
		}
		if n.field != nil {
			*n.field(set) = v
		}
		attributes[name] = value
		return nil
	}
	if t, ok := texts[name]; !ok || t.fifo && !set.fifo {
		return errAttributeName(name)
	}
	attributes[name] = value
	if value == "" {
		delete(attributes, name)
	}
	switch name {
	case "FifoQueue":
		if value != "true" {
			return errAttributeValue(name)
		}
	case "ContentBasedDeduplication":
		set.dedupContent = strings.EqualFold(value, "true")
	case "DeduplicationScope":
		set.dedupByGroup = value == "messageGroup"
	case "RedrivePolicy":
		return s.applyRedrive(value, set)
	}
	return nil
}

func (s *Server) applyRedrive(value string, set *settings) *Error {
	set.deadLetter, set.maxReceives = "", 0
	if value == "" {
		return nil
	}
	var policy struct {
		Target string      `json:"deadLetterTargetArn"`
		Count  json.Number `json:"maxReceiveCount"` // AWS takes 3 and "3"
	}
	if err := json.Unmarshal([]byte(value), &policy); err != nil {
		return invalidValue("RedrivePolicy", value, "Redrive policy is not a valid JSON map.")
	}
	count, err := strconv.Atoi(policy.Count.String())
	if err != nil || count < 1 || count > 1000 {
		return invalidValue("RedrivePolicy", value, "Invalid value for maxReceiveCount: "+policy.Count.String()+
			", valid values are from 1 to 1000 both inclusive.")
	}
	name, ok := strings.CutPrefix(policy.Target, s.arn(""))
	if !ok {
		return invalidValue("RedrivePolicy", value, "Invalid value for deadLetterTargetArn.")
	}
	dead, ok := s.queues[name]
	if !ok {
		return sender(http.StatusBadRequest, "InvalidParameterValueException", "InvalidParameterValue",
			"Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", value)
	}
	if dead.settings.fifo != set.fifo {
		return invalidValue("RedrivePolicy", value,
			"Dead-letter queue must be same type of queue as the source.")
	}
	set.deadLetter, set.maxReceives = name, count
	return nil
}

func (q *queue) attribute(name string) (string, bool) {
	switch name {
	case "QueueArn":
		return q.arn, true
	case "ApproximateNumberOfMessages":
		return strconv.Itoa(q.count[visible]), true
	case "ApproximateNumberOfMessagesNotVisible":
		return strconv.Itoa(q.count[inFlight]), true
	case "ApproximateNumberOfMessagesDelayed":
		return strconv.Itoa(q.count[delayed]), true
	}
	v, ok := q.attributes[name]
	return v, ok
}

// computed are the attributes that nobody sets; the two times are written when a queue is created or changed.
var computed = []string{
	"QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
	"ApproximateNumberOfMessagesDelayed", "CreatedTimestamp", "LastModifiedTimestamp",
}

func isAttribute(name string) bool {
	_, number := numbers[name]
	_, text := texts[name]
	return number || text || slices.Contains(computed, name)
}
