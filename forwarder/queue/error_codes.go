package queue

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// ErrNotFound is returned by Open and Attributes when no such queue exists.
var ErrNotFound = errors.New("no such queue")

// ErrDeadLetter is returned by Open when the dead-letter queue cannot be used.
var ErrDeadLetter = errors.New("dead-letter queue cannot be used")

// ErrTooLarge says that a message is too large for the dead-letter queue.
var ErrTooLarge = errors.New("message is too large for the dead-letter queue")

// ErrLeaseLost says that a lease is lost: somebody else has received the message, or it has been deleted.
var ErrLeaseLost = errors.New("lease is lost")

var errAnswer = errors.New("answer is not in the form that SQS uses")

// Cause returns what went wrong, for comparison with an earlier error: the code of SQS's answer, otherwise the error's
// text without its numbers. Texts contain times, ports and request ids, which differ from one attempt to the next.
func Cause(err error) string {
	if code := codeOf(err); err == nil || code != "" {
		return code
	}
	return numbers.ReplaceAllString(err.Error(), "0")
}

var numbers = regexp.MustCompile(`[0-9]+`)

// codeOf returns the code of SQS's answer, "" if there was none.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return plainCode(api.ErrorCode())
	}
	return ""
}

// plainCode returns a code as SQS's documentation names it. The query protocol adds a prefix to some codes, and the
// JSON protocol a suffix.
func plainCode(code string) string {
	return strings.TrimSuffix(strings.TrimPrefix(code, "AWS.SimpleQueueService."), "Exception")
}

// aboutCredentials reports whether other credentials may help. AccessDenied is one of the codes, because SQS may send
// it for the old keys after a rotation.
func aboutCredentials(code string) bool {
	return slices.Contains([]string{
		"ExpiredToken", "TokenRefreshRequired", "InvalidToken", "InvalidClientTokenId", "UnrecognizedClient",
		"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignature", "IncompleteSignature", "AuthFailure",
		"OptInRequired", "NotAuthorized", "MissingAuthenticationToken", "InvalidSecurity", "InvalidSecurityToken",
		"AccessDenied",
	}, plainCode(code))
}

// withoutHandles removes receipt handles from the text of an SQS error, which may quote them: whoever reads a handle
// can delete the message. Nothing else in such a text is that long.
func withoutHandles(text string) string { return handle.ReplaceAllString(text, "(receipt handle)") }

var handle = regexp.MustCompile(`[A-Za-z0-9+/=_#%-]{100,}`)
