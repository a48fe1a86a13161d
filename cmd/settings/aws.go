package settings

import (
	"os"
	"strings"
	"unicode"
)

// awsVariables are those of the AWS SDK's variables that become a part of a request or of the way to it.
var awsVariables = []string{
	"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN",
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_STS",
	"AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
}

// CheckAWS lists variables of the AWS SDK that hold what no request may have. The SDK would take them, sign with them, and have
// every request refused, or be unable to write it.
func CheckAWS() []string {
	var problems []string
	for _, name := range awsVariables {
		text := os.Getenv(name)
		if strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) {
			problems = append(problems, name+" has a line break or a blank around it, or a control character in it: text without is accepted")
		}
	}
	return problems
}
