package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// cloud is AWS as far as Terraform does not do the asking: what exists already, what a bucket holds, how full a queue
// is.
type cloud struct {
	endpoint string
	profile  string
	sts      *sts.Client
	sqs      *sqs.Client
	events   *eventbridge.Client
	s3       *s3.Client
	trails   *cloudtrail.Client
	keys     *kms.Client
	metrics  *cloudwatch.Client
	sns      *sns.Client
}

func newCloud(ctx context.Context, region string) (*cloud, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return &cloud{
		endpoint: aws.ToString(cfg.BaseEndpoint),
		profile:  profileOf(cfg),
		sts:      sts.NewFromConfig(cfg),
		sqs:      sqs.NewFromConfig(cfg),
		events:   eventbridge.NewFromConfig(cfg),
		s3:       s3.NewFromConfig(cfg, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }), // older objects have none
		keys:     kms.NewFromConfig(cfg),
		trails:   cloudtrail.NewFromConfig(cfg),
		metrics:  cloudwatch.NewFromConfig(cfg, inJSON),
		sns:      sns.NewFromConfig(cfg),
	}, nil
}

// profileOf is the profile that the SDK has read.
func profileOf(cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		if shared, ok := source.(config.SharedConfig); ok {
			return shared.Profile
		}
	}
	return ""
}

// inJSON has CloudWatch asked in JSON, which it takes as well: emulators do not know CBOR, the SDK's own choice.
func inJSON(o *cloudwatch.Options) {
	o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801)
}

// in is S3 in another region, for a bucket that is there.
func (c *cloud) in(region string) *s3.Client {
	return s3.New(c.s3.Options(), func(o *s3.Options) { o.Region = region })
}

func (c *cloud) account(ctx context.Context) (string, error) {
	who, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", &CredentialsError{Endpoint: c.endpoint, Profile: c.profile, err: err}
	}
	return aws.ToString(who.Account), nil
}

// NotAWS says what stands in for AWS, by the variables and the profile that the SDK reads, or nothing when that is AWS.
func NotAWS(ctx context.Context) (string, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", fmt.Errorf("read the AWS configuration: %w", err)
	}
	if os.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true" {
		return "", nil
	}
	var parts []string
	if endpoint := aws.ToString(cfg.BaseEndpoint); endpoint != "" {
		parts = append(parts, "all goes to "+endpoint)
	}
	for _, entry := range os.Environ() {
		name, url, _ := strings.Cut(entry, "=")
		if service, found := strings.CutPrefix(name, "AWS_ENDPOINT_URL_"); found && url != "" {
			parts = append(parts, service+" goes to "+url)
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "This is not AWS: " + strings.Join(parts, ", "), nil
}

// CredentialsError is returned when AWS does not know who is asking.
type CredentialsError struct {
	Endpoint, Profile string
	err               error
}

func (e *CredentialsError) Error() string {
	return fmt.Sprintf("ask %s whose credentials these are: %v", endpointName(e.Endpoint), e.err)
}

func (e *CredentialsError) Unwrap() error { return e.err }

// Hint says what to do about the cause.
func (e *CredentialsError) Hint() string {
	var unknown *net.DNSError
	var expired *ssocreds.InvalidTokenError
	text := e.err.Error()
	switch {
	case errors.As(e.err, &unknown):
		return fmt.Sprintf("the name %s is not known here: is the region (or the endpoint) spelled right, and does this machine reach its name server or proxy?", unknown.Name)
	case e.Endpoint != "" && strings.Contains(text, "get credentials"):
		return "it takes any, but some are needed: AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x"
	case e.Endpoint != "":
		return "is it running there?"
	case errors.As(e.err, &expired) || strings.Contains(text, "SSO"):
		return "log in anew: aws sso login --profile " + e.Profile
	case codeOf(e.err) == "ExpiredToken" || codeOf(e.err) == "ExpiredTokenException":
		return "these credentials have expired: get new ones the way you got them"
	case codeOf(e.err) == "InvalidClientTokenId" || codeOf(e.err) == "SignatureDoesNotMatch":
		return "AWS does not know this key, or it is another's secret: look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the profile " + e.Profile
	}
	return "give AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with aws sso login"
}
