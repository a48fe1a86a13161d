package queue

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func TestRegionOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://sqs.us-west-2.amazonaws.com/111122223333/q":                         "us-west-2",
		"https://SQS.EU-Central-1.amazonaws.com:443/111122223333/q":                  "eu-central-1",
		"https://sqs.us-west-2.amazonaws.com./111122223333/q":                        "us-west-2",
		"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q.fifo":                "cn-north-1",
		"https://sqs.us-gov-west-1.amazonaws.com/1/q":                                "us-gov-west-1",
		"https://sqs.eusc-de-east-1.amazonaws.eu/1/q":                                "eusc-de-east-1",
		"https://sqs.us-iso-east-1.c2s.ic.gov/1/q":                                   "us-iso-east-1",
		"https://sqs-fips.us-east-2.amazonaws.com/1/q":                               "us-east-2",
		"https://sqs.ap-southeast-5.api.aws/1/q":                                     "ap-southeast-5",
		"https://sqs-fips.us-east-1.api.aws/1/q":                                     "us-east-1",
		"https://sqs.cn-northwest-1.api.amazonwebservices.com.cn/1/q":                "cn-northwest-1",
		"https://eu-west-1.queue.amazonaws.com/1/q":                                  "eu-west-1",
		"https://cn-north-1.queue.amazonaws.com.cn/1/q":                              "cn-north-1",
		"https://queue.amazonaws.com/1/q":                                            "us-east-1",
		"https://vpce-0f1e2d3c-abcd.sqs.eu-west-3.vpce.amazonaws.com/1/q":            "eu-west-3",
		"https://vpce-0f1e2d3c-abcd-eu-west-3a.sqs.eu-west-3.vpce.amazonaws.com/1/q": "eu-west-3",
		"https://vpce-0f1e2d3c-abcd.sqs.cn-north-1.vpce.amazonaws.com.cn/1/q":        "cn-north-1",
		"http://127.0.0.1:4566/000000000000/q":                                       "",
		"http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/q":        "",
		"http://localhost:9324/queue/q":                                              "",
		"https://sqs.us-west-2.amazonaws.com.evil.example/1/q":                       "",
		"https://evil-amazonaws.com/1/q":                                             "",
		"https://amazonaws.com/1/q":                                                  "",
		"https://sqs.amazonaws.com/1/q":                                              "",
		"https://sqs.not_a_region.amazonaws.com/1/q":                                 "",
		"https://sns.us-west-2.amazonaws.com/1/q":                                    "",
		"https://a.b.sqs.us-west-2.amazonaws.com/1/q":                                "",
		"%":              "",
		"":               "",
		"111122223333/q": "",
		"https://sqs.us-west-2.extra.amazonaws.com/1/q":                                               "",
		"https://vpce-0f1e2d3c-abcd.sqs.eu-west-3.other.amazonaws.com/1/q":                            "",
		"https://user:password@sqs.us-west-2.amazonaws.com/111122223333/q?Action=ReceiveMessage#frag": "us-west-2",
	} {
		if got := RegionOf(url); got != want {
			t.Errorf("%s is in %q, want %q", url, got, want)
		}
	}
}

// TestRegionOfWhatTheSDKResolves holds the function against the SDK's own table of partitions and domains.
func TestRegionOfWhatTheSDKResolves(t *testing.T) {
	resolver := sqs.NewDefaultEndpointResolverV2()
	for _, region := range []string{
		"us-east-1",
		"eu-central-2",
		"il-central-1",
		"mx-central-1",
		"cn-north-1",
		"us-gov-east-1",
		"us-iso-east-1",
		"us-isob-east-1",
		"eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
	} {
		for _, dual := range []bool{false, true} {
			for _, fips := range []bool{false, true} {
				endpoint, err := resolver.ResolveEndpoint(context.Background(), sqs.EndpointParameters{
					Region: &region, UseDualStack: aws.Bool(dual), UseFIPS: aws.Bool(fips),
				})
				if err != nil {
					continue // the partition has none
				}
				if got := RegionOf(endpoint.URI.String() + "/1/q"); got != region {
					t.Errorf("%s is in %q, want %s", endpoint.URI.Host, got, region)
				}
			}
		}
	}
}

// hosts notes where requests go, and answers as a queue.
type hosts []string

func (h *hosts) Do(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Scheme+"://"+r.URL.Host)
	text := `{"Attributes":{"VisibilityTimeout":"30"}}`
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "ReceiveMessage") {
		text = `{}`
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r,
	}, nil
}

// TestWhereAQueueIsAsked opens queues whose URLs name endpoints that the SDK would not choose by itself, and receives
// from them.
func TestWhereAQueueIsAsked(t *testing.T) {
	own := "http://127.0.0.1:4566"
	for _, c := range []struct {
		url      string
		endpoint *string
		want     string
	}{
		{"https://sqs.eu-west-3.amazonaws.com/1/q", nil, "https://sqs.eu-west-3.amazonaws.com"},
		{
			"https://vpce-0f1e-abcd.sqs.eu-west-3.vpce.amazonaws.com/1/q",
			nil,
			"https://vpce-0f1e-abcd.sqs.eu-west-3.vpce.amazonaws.com",
		},
		{"https://sqs-fips.eu-west-3.amazonaws.com/1/q", nil, "https://sqs-fips.eu-west-3.amazonaws.com"},
		{"https://sqs.eu-west-3.api.aws/1/q", nil, "https://sqs.eu-west-3.api.aws"},
		{"https://eu-west-3.queue.amazonaws.com/1/q", nil, "https://sqs.eu-west-3.amazonaws.com"},
		{"https://sqs.eu-west-3.api.aws/1/q", &own, own},
		{"http://queue.example/1/q", nil, "https://sqs.eu-west-3.amazonaws.com"},
	} {
		var asked hosts
		q, err := Open(t.Context(), aws.Config{
			Region: "eu-west-3", HTTPClient: &asked, BaseEndpoint: c.endpoint,
			Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		}, Options{URL: c.url})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.Receive(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 2 || asked[0] != c.want || asked[1] != c.want {
			t.Errorf("%s is asked for at %v, want %s", c.url, asked, c.want)
		}
	}
}
