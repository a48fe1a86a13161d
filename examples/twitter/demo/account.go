package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// account is the local AWS as a person uses AWS: who puts pictures into the bucket and looks at them.
type account struct {
	s3    *s3.Client
	sqs   *sqs.Client
	queue string
}

func newAccount(url, region string) *account {
	c := aws.Config{
		Region: region, BaseEndpoint: &url,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  inMemory{},
	}
	return &account{sqs: sqs.NewFromConfig(c), s3: s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })}
}

// inMemory keeps a request's body from being closed by the SDK while it is still being sent, which makes the SDK send
// it again.
type inMemory struct{}

func (inMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultClient.Do(r) //nolint:gosec // the address is the local AWS's own
}

// put uploads a picture with what is to be said of it. What is not ASCII travels as in mail (RFC 2047).
func (a *account) put(ctx context.Context, bucket string, u upload) error {
	words := map[string]string{}
	for name, value := range map[string]string{"text": u.text, "alt": u.alt} {
		if value != "" {
			words[name] = mime.BEncoding.Encode("utf-8", value)
		}
	}
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &u.key, Body: bytes.NewReader(u.data), Metadata: words}
	if _, err := a.s3.PutObject(ctx, in); err != nil {
		return fmt.Errorf("put %s: %w", u.key, err)
	}
	return nil
}

// get reads an object.
func (a *account) get(ctx context.Context, bucket, key string) ([]byte, error) {
	out, err := a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	defer func() { _ = out.Body.Close() }()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	return data, nil
}

// send puts a message into the queue: an event that is there already, once more.
func (a *account) send(ctx context.Context, body string) error {
	if _, err := a.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &a.queue, MessageBody: &body}); err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	return nil
}
