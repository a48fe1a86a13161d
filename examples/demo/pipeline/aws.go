package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// AWS is a client of the local AWS, which checks no signatures. It does without the SDK, which takes longer to compile
// than a demo may take to show anything.
type AWS struct{ URL, Region string }

// Event is what is put on the event bus.
type Event struct {
	Source, DetailType, Detail string
	Resources                  []string
}

// PutEvent puts an event and returns the ID that EventBridge gave it.
func (a *AWS) PutEvent(ctx context.Context, e Event) (string, error) {
	var out struct {
		FailedEntryCount int
		Entries          []struct{ EventID, ErrorMessage string }
	}
	in := map[string]any{"Entries": []Event{e}}
	if err := a.call(ctx, "events", "AWSEvents.PutEvents", in, &out); err != nil {
		return "", err
	}
	if out.FailedEntryCount > 0 || len(out.Entries) != 1 {
		return "", fmt.Errorf("put event of %s: %+v", e.Source, out)
	}
	return out.Entries[0].EventID, nil
}

// QueueURL is the address of a queue.
func (a *AWS) QueueURL(name string) string { return a.URL + "/123456789012/" + name }

// SendMessage puts a message into a queue.
func (a *AWS) SendMessage(ctx context.Context, queue, body string) error {
	in := map[string]any{"QueueUrl": a.QueueURL(queue), "MessageBody": body}
	return a.call(ctx, "sqs", "AmazonSQS.SendMessage", in, nil)
}

// Messages counts the messages of a queue: those that can be received, a plus, and those that somebody has received.
func (a *AWS) Messages(ctx context.Context, queue string) (string, error) {
	const visible, inFlight = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
	in := map[string]any{"QueueUrl": a.QueueURL(queue), "AttributeNames": []string{visible, inFlight}}
	var out struct{ Attributes map[string]string }
	err := a.call(ctx, "sqs", "AmazonSQS.GetQueueAttributes", in, &out)
	return out.Attributes[visible] + "+" + out.Attributes[inFlight], err
}

// PutObject puts an object; metadata may be nil.
func (a *AWS) PutObject(ctx context.Context, bucket, key string, data []byte, metadata map[string]string) error {
	header := http.Header{}
	for name, value := range metadata {
		header.Set("X-Amz-Meta-"+name, value)
	}
	_, err := a.s3(ctx, http.MethodPut, bucket+"/"+key, data, header)
	return err
}

// Object reads an object.
func (a *AWS) Object(ctx context.Context, bucket, key string) ([]byte, error) {
	return a.s3(ctx, http.MethodGet, bucket+"/"+key, nil, http.Header{})
}

// Resources lists every queue, rule, bucket and trail of the account.
func (a *AWS) Resources(ctx context.Context) ([]string, error) {
	type named struct{ Name string }
	var queues struct{ QueueURLs []string }
	var rules struct{ Rules []named }
	var trails struct{ TrailList []named }
	var buckets struct {
		Buckets []named `xml:"Buckets>Bucket"`
	}
	const describeTrails = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails"
	none := struct{}{}
	list, err := a.s3(ctx, http.MethodGet, "", nil, http.Header{})
	if err == nil {
		err = xml.Unmarshal(list, &buckets)
	}
	err = errors.Join(err,
		a.call(ctx, "sqs", "AmazonSQS.ListQueues", none, &queues),
		a.call(ctx, "events", "AWSEvents.ListRules", none, &rules),
		a.call(ctx, "cloudtrail", describeTrails, none, &trails))
	var found []string
	for _, queue := range queues.QueueURLs {
		found = append(found, "queue "+queue[strings.LastIndexByte(queue, '/')+1:])
	}
	for kind, all := range map[string][]named{"rule": rules.Rules, "bucket": buckets.Buckets, "trail": trails.TrailList} {
		for _, one := range all {
			found = append(found, kind+" "+one.Name)
		}
	}
	slices.Sort(found)
	return found, err
}

// call makes a call of a service whose protocol is JSON.
func (a *AWS) call(ctx context.Context, service, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	header := http.Header{"X-Amz-Target": {operation}, "Content-Type": {"application/x-amz-json-1.1"}}
	if service == "sqs" {
		header.Set("Content-Type", "application/x-amz-json-1.0")
	}
	answer, err := a.do(ctx, service, http.MethodPost, "/", body, header)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return nil
}

// s3 makes a request of S3, for a bucket and a key.
func (a *AWS) s3(ctx context.Context, method, path string, body []byte, header http.Header) ([]byte, error) {
	escaped := strings.ReplaceAll((&url.URL{Path: "/" + path}).EscapedPath(), "+", "%2B")
	return a.do(ctx, "s3", method, escaped, body, header)
}

func (a *AWS) do(
	ctx context.Context, service, method, path string, body []byte, header http.Header,
) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", service, err)
	}
	request.Header = header
	scope := fmt.Sprintf("local/20260101/%s/%s/aws4_request", a.Region, service) // how AWS knows the region
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", SignedHeaders=host, Signature=none")
	return Fetch(request)
}

// Fetch makes a request and returns the body of the answer, whose status must be one of success.
func Fetch(request *http.Request) ([]byte, error) {
	answer, err := http.DefaultClient.Do(request) //nolint:gosec // the addresses are those of the demo's own programs
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the method and the URL
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusMultipleChoices {
		err = errors.New(answer.Status)
	}
	if err != nil {
		return body, fmt.Errorf("%s %s: %w\n%s", request.Method, request.URL, err, body)
	}
	return body, nil
}
