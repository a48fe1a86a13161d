// Package inventory makes the requests to AWS that Terraform does not make: which account the credentials belong to,
// which resources exist and to which stack they belong, what buckets and queues hold, and how many events went through.
// It finds resources by their names and tags, and deletes those that are in no state. It does not read states and
// plans.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	awshttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// Client asks the services of one account in one region.
type Client struct {
	Endpoint string // the endpoint that is used instead of AWS, if any
	SQS      *sqs.Client
	Events   *eventbridge.Client

	sts     *sts.Client
	s3      *s3.Client
	trails  *cloudtrail.Client
	keys    *kms.Client
	metrics *cloudwatch.Client
	sns     *sns.Client
}

// Open reads the AWS configuration as the SDK does.
func Open(ctx context.Context, region string) (*Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return New(cfg), nil
}

// New returns a client for this configuration.
func New(cfg aws.Config) *Client {
	// The SDK would log a warning for each object without a checksum; older objects have none.
	noWarning := func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }
	// Emulators do not support CBOR, the SDK's default. CloudWatch also accepts JSON.
	inJSON := func(o *cloudwatch.Options) { o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) }
	return &Client{
		Endpoint: aws.ToString(cfg.BaseEndpoint),
		SQS:      sqs.NewFromConfig(cfg),
		Events:   eventbridge.NewFromConfig(cfg),
		sts:      sts.NewFromConfig(cfg),
		s3:       s3.NewFromConfig(cfg, noWarning),
		keys:     kms.NewFromConfig(cfg),
		trails:   cloudtrail.NewFromConfig(cfg),
		metrics:  cloudwatch.NewFromConfig(cfg, inJSON),
		sns:      sns.NewFromConfig(cfg),
	}
}

// Account asks AWS for the account that the credentials belong to.
func (c *Client) Account(ctx context.Context) (string, error) {
	who, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", &CredentialsError{Endpoint: c.Endpoint, err: err}
	}
	return aws.ToString(who.Account), nil
}

// Emulator returns a sentence that names the endpoints that are used instead of AWS, according to the variables and the
// profile that the SDK reads, or "" if there are none. An error in the configuration is ignored here: the next call
// that loads it returns it.
func Emulator(ctx context.Context) string {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil || os.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true" {
		return ""
	}
	var parts []string
	if endpoint := aws.ToString(cfg.BaseEndpoint); endpoint != "" {
		parts = append(parts, "all requests go to "+endpoint)
	}
	for _, entry := range os.Environ() {
		name, url, _ := strings.Cut(entry, "=")
		if service, found := strings.CutPrefix(name, "AWS_ENDPOINT_URL_"); found && url != "" {
			parts = append(parts, "requests to "+service+" go to "+url)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "This is not AWS: " + strings.Join(parts, ", ")
}

func statusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// isMissing reports whether AWS has answered that the resource does not exist.
func isMissing(err error) bool {
	switch codeOf(err) {
	case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException", "NotFoundException":
		return true
	}
	return statusOf(err) == http.StatusNotFound
}
