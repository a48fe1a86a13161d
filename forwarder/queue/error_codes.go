package queue

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
)

// ErrNotFound is returned by Open when no such queue exists.
var ErrNotFound = errors.New("no such queue")

// ErrDeadLetter is returned by Open when the dead-letter queue cannot be used.
var ErrDeadLetter = errors.New("dead-letter queue cannot be used")

// ErrTooLarge says that a message is larger than the dead-letter queue takes.
var ErrTooLarge = errors.New("message is larger than the dead-letter queue takes")

// ErrGone says that a lease is lost: somebody else has received the message, or it has been deleted.
var ErrGone = errors.New("lease is lost")

var errAnswer = errors.New("answer is not what SQS sends")

// Cause is what went wrong, to be compared with what went wrong before: the code of SQS's answer, else the error's text
// without its numbers. Texts hold times, ports and request ids, which differ from one try to the next.
func Cause(err error) string {
	if err == nil {
		return ""
	}
	if code := codeOf(err); code != "" {
		return code
	}
	return numbers.ReplaceAllString(err.Error(), "0")
}

var numbers = regexp.MustCompile(`[0-9]+`)

// codeOf is the code of SQS's answer, "" when there was none.
func codeOf(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return plainCode(api.ErrorCode())
}

// plainCode is a code as SQS's documentation names it. The query protocol writes a prefix before some, and JSON a
// suffix behind.
func plainCode(code string) string {
	return strings.TrimSuffix(strings.TrimPrefix(code, "AWS.SimpleQueueService."), "Exception")
}

// leaseLost reports whether the code of an entry means that its receipt handle is of no use any more. Every other code
// is worth another try, even one that SQS calls the sender's fault: throttling is one of those, too.
func leaseLost(code string) bool {
	switch plainCode(code) {
	case "ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight", "InvalidIdFormat":
		return true
	}
	return false
}

// aboutCredentials reports whether other credentials may help. AccessDenied is among the codes, because the old keys of
// a rotation may get it.
func aboutCredentials(code string) bool {
	switch plainCode(code) {
	case "ExpiredToken", "TokenRefreshRequired", "InvalidToken", "InvalidClientTokenId", "UnrecognizedClient",
		"InvalidAccessKeyId",
		"SignatureDoesNotMatch", "InvalidSignature", "IncompleteSignature", "AuthFailure", "OptInRequired", "NotAuthorized",
		"MissingAuthenticationToken", "InvalidSecurity", "InvalidSecurityToken", "AccessDenied":
		return true
	}
	return false
}

// withoutHandles is a message of SQS without receipt handles, which it repeats: whoever reads one can delete the
// message. No other part of such a text is as long.
func withoutHandles(text string) string { return handle.ReplaceAllString(text, "(receipt handle)") }

var handle = regexp.MustCompile(`[A-Za-z0-9+/=_#%-]{100,}`)
