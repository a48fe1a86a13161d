package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
)

// CredentialsError is returned if AWS, or the emulator, cannot be reached or does not accept the credentials.
type CredentialsError struct {
	Endpoint string
	err      error
}

func (e *CredentialsError) Error() string {
	return fmt.Sprintf("ask %s which account these credentials belong to: %v", cmp.Or(e.Endpoint, "AWS"), e.err)
}

func (e *CredentialsError) Unwrap() error { return e.err }

// Hint returns what the user can do about the cause.
func (e *CredentialsError) Hint() string {
	unknown, isUnknown := errors.AsType[*net.DNSError](e.err)
	_, isExpired := errors.AsType[*ssocreds.InvalidTokenError](e.err)
	text := e.err.Error()
	switch {
	case isUnknown:
		return fmt.Sprintf("the host name %s cannot be resolved: is the region (or the endpoint) spelled correctly, "+
			"and can this machine reach its name server or proxy?", unknown.Name)
	case e.Endpoint != "" && strings.Contains(text, "get credentials"):
		return "the emulator accepts any credentials, but some must be set: AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x"
	case e.Endpoint != "":
		return "is it running there?"
	case isExpired || strings.Contains(text, "SSO"):
		return "log in again: aws sso login --profile " +
			cmp.Or(os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), config.DefaultSharedConfigProfile)
	}
	return "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with aws sso login"
}
