package queue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestSignsAsTheSDKDoes holds each signature against the SDK's signer.
func TestSignsAsTheSDKDoes(t *testing.T) {
	ours := signer{region: "eu-central-1"}
	for _, c := range []aws.Credentials{
		{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
		{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "another", SessionToken: "to+ken/=="},
	} {
		for day := range 3 {
			now := time.Date(2026, 11, 22+day, 23, 59, 59, 0, time.FixedZone("", 3600))
			for _, path := range []string{"/", "/behind/"} {
				const body = `{"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/1/q"}`
				request := func() *http.Request {
					r, _ := http.NewRequest(http.MethodPost, "https://sqs.eu-central-1.amazonaws.com"+path, bytes.NewReader([]byte(body)))
					r.Header.Set("Content-Type", jsonType)
					r.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
					return r
				}
				sum := sha256.Sum256([]byte(body))
				want, got := request(), request()
				if err := v4.NewSigner().SignHTTP(t.Context(), c, want, hex.EncodeToString(sum[:]), "sqs", "eu-central-1", now); err != nil {
					t.Fatal(err)
				}
				ours.sign(got, "AmazonSQS.ReceiveMessage", []byte(body), &c, now)
				for name := range want.Header {
					if got.Header.Get(name) != want.Header.Get(name) {
						t.Errorf("%s: %s\nwant %s", name, got.Header.Get(name), want.Header.Get(name))
					}
				}
			}
		}
	}
}

func BenchmarkSign(b *testing.B) {
	s, c := signer{region: "eu-central-1"}, aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	r, _ := http.NewRequest(http.MethodPost, "https://sqs.eu-central-1.amazonaws.com/", http.NoBody)
	body := bytes.Repeat([]byte("x"), 4500)
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		s.sign(r, "AmazonSQS.DeleteMessageBatch", body, &c, now)
	}
}
