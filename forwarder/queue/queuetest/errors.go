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

// isSenderFault reports whether the sender of the request is to blame. The error header and failed batch entries
// contain it.
func (e *Error) isSenderFault() bool { return e.Status < http.StatusInternalServerError }

// Errors that Faults can answer with. AWS uses all of them when it is overloaded or has a fault.
var (
	RequestThrottled    = &Error{403, "RequestThrottled", "RequestThrottled", "Request is throttled."}
	ThrottlingException = &Error{400, "ThrottlingException", "ThrottlingException", "Rate exceeded"}
	ServiceUnavailable  = &Error{
		503, "ServiceUnavailable", "ServiceUnavailable", "Service is currently unavailable, please retry.",
	}
	InternalError = &Error{
		500, "InternalFailure", "InternalError", "We encountered an internal error. Please try again.",
	}
)

const simple = "AWS.SimpleQueueService."

var (
	errNoQueue = &Error{
		400, "QueueDoesNotExist", simple + "NonExistentQueue", "The specified queue does not exist.",
	}
	errSyntax = &Error{
		400, "SerializationException", "SerializationException",
		"The request is not valid JSON for this operation.",
	}
	errUnknown = &Error{
		400, "UnknownOperationException", "InvalidAction",
		"This server does not support the requested action or operation.",
	}
	errCharacters = &Error{
		400, "InvalidMessageContents", "InvalidMessageContents", "Invalid characters found. Valid unicode " +
			"characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
	}
)

func invalid(format string, args ...any) *Error {
	return &Error{400, "InvalidParameterValueException", "InvalidParameterValue", fmt.Sprintf(format, args...)}
}

func invalidValue(parameter string, value any, reason string) *Error {
	return invalid("Value %v for parameter %s is invalid. Reason: %s", value, parameter, reason)
}

func missing(parameter string) *Error {
	return &Error{
		400, "MissingRequiredParameterException", "MissingParameter",
		"The request must contain the parameter " + parameter + ".",
	}
}

func errAttribute(name string) *Error {
	return &Error{
		400, "InvalidAttributeValue", "InvalidAttributeValue", "Invalid value for the parameter " + name + ".",
	}
}

func errHandle(handle string) *Error {
	return &Error{
		404, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
		fmt.Sprintf("The input receipt handle %q is not a valid receipt handle.", handle),
	}
}

func errBatch(name, format string, args ...any) *Error {
	return &Error{400, name, simple + name, fmt.Sprintf(format, args...)}
}
