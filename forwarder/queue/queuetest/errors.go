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

// senderFault tells whose fault it is, as the header and the entries of a batch say it.
func (e *Error) senderFault() bool { return e.Status < http.StatusInternalServerError }

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
	errDeletedRecently = sender(http.StatusBadRequest, "QueueDeletedRecently", simple+"QueueDeletedRecently",
		"You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	errContents = sender(http.StatusBadRequest, "InvalidMessageContents", "InvalidMessageContents",
		"Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "+
			"#xE000 to #xFFFD | #x10000 to #x10FFFF.")
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

func errAttributeValue(name string) *Error {
	return sender(http.StatusBadRequest, "InvalidAttributeValue", "InvalidAttributeValue",
		"Invalid value for the parameter %s.", name)
}

func errBatch(name, format string, args ...any) *Error {
	return sender(http.StatusBadRequest, name, simple+name, format, args...)
}
