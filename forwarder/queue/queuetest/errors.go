package queuetest

import (
	"fmt"
	"net/http"
)

// Error is an answer of SQS that refuses a request. SDKs choose the error type by Type, and report Code.
type Error struct {
	Status  int    // HTTP status
	Type    string // shape name, in the body's __type
	Code    string // name in the query protocol, in the header x-amzn-query-error
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// isSenders reports whether the sender of the request is to blame, as the header and the entries of a batch say.
func (e *Error) isSenders() bool { return e.Status < http.StatusInternalServerError }

// blames is that in the header's words.
func (e *Error) blames() string {
	if e.isSenders() {
		return "Sender"
	}
	return "Receiver"
}

func (e *Error) body() any {
	return struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{"com.amazonaws.sqs#" + e.Type, e.Message}
}

// Errors that Faults may answer with; AWS uses all of them when it is overloaded or unwell.
var (
	RequestThrottled    = sender(http.StatusForbidden, "RequestThrottled", "RequestThrottled", "Request is throttled.")
	ThrottlingException = sender(http.StatusBadRequest, "ThrottlingException", "ThrottlingException", "Rate exceeded")
	ServiceUnavailable  = sender(http.StatusServiceUnavailable, "ServiceUnavailable", "ServiceUnavailable",
		"Service is currently unavailable, please retry.")
	InternalError = sender(http.StatusInternalServerError, "InternalFailure", "InternalError",
		"We encountered an internal error. Please try again.")
	AccessDenied = sender(http.StatusForbidden, "AccessDeniedException", "AccessDenied",
		"Access to the resource is denied.")
)

const simple = "AWS.SimpleQueueService."

var (
	errNoQueue = sender(http.StatusBadRequest, "QueueDoesNotExist", simple+"NonExistentQueue",
		"The specified queue does not exist.")
	errBatchID = sender(http.StatusBadRequest, "InvalidBatchEntryId", simple+"InvalidBatchEntryId",
		"A batch entry id can only contain alphanumeric characters, hyphens and underscores. "+
			"It can be at most 80 letters long.")
	errOverLimit = sender(http.StatusForbidden, "OverLimit", "OverLimit",
		"Too many messages are in flight on this queue.")
	errSyntax = sender(http.StatusBadRequest, "SerializationException", "SerializationException",
		"The request is not the JSON that this operation takes.")
	errUnknown = sender(http.StatusBadRequest, "UnknownOperationException", "InvalidAction",
		"The action or operation requested is not one of this server's.")
)

func sender(status int, typ, code, format string, args ...any) *Error {
	return &Error{Status: status, Type: typ, Code: code, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return sender(http.StatusBadRequest, "InvalidParameterValueException", "InvalidParameterValue", format, args...)
}

func invalidValue(parameter string, value any, reason string) *Error {
	return invalid("Value %v for parameter %s is invalid. Reason: %s", value, parameter, reason)
}

func missing(parameter string) *Error {
	return sender(http.StatusBadRequest, "MissingRequiredParameterException", "MissingParameter",
		"The request must contain the parameter %s.", parameter)
}

func errVisibility(seconds int) *Error {
	return invalidValue("VisibilityTimeout", seconds, "Must be >= 0 and <= 43200, if provided.")
}

func errHandle(handle string) *Error {
	return sender(http.StatusNotFound, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
		"The input receipt handle %q is not a valid receipt handle.", handle)
}

func errExpired(handle string) *Error {
	return invalidValue("ReceiptHandle", handle, "The receipt handle has expired.")
}

func errNotAvailable(handle string) *Error {
	return invalidValue("ReceiptHandle", handle,
		"Message does not exist or is not available for visibility timeout change.")
}

func errAttributeName(name string) *Error {
	return sender(http.StatusBadRequest, "InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute %s.", name)
}

func errBatch(name, format string, args ...any) *Error {
	return sender(http.StatusBadRequest, name, simple+name, format, args...)
}
