package queuetest

import "fmt"

// Fault describes what goes wrong with one request: nothing if it is zero.
type Fault struct {
	Error *Error // the request is refused, without any effect

	// Entries selects the entries of a batch that fail (bit 0 is the first) and have no effect. The answer's status is
	// still 200. They fail with EntryError, or with InternalError if it is nil.
	Entries    uint16
	EntryError *Error
}

// Faults returns the fault for a request with this operation ("ReceiveMessage"). The server is locked meanwhile.
type Faults func(op string) Fault

// Error is an answer of SQS that refuses a request.
type Error struct {
	Status  int    // HTTP status
	Code    string // the end of the body's __type; SQS has another name for some of them in its query protocol
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errors that Faults can answer with. AWS uses all of them when it is overloaded or has a fault.
var (
	RequestThrottled    = &Error{403, "RequestThrottled", "Request is throttled."}
	ThrottlingException = &Error{400, "ThrottlingException", "Rate exceeded"}
	ServiceUnavailable  = &Error{503, "ServiceUnavailable", "Service is currently unavailable, please retry."}
	InternalError       = &Error{500, "InternalError", "We encountered an internal error. Please try again."}
)

func invalid(format string, args ...any) *Error {
	return &Error{400, "InvalidParameterValue", fmt.Sprintf(format, args...)}
}
