package pattern

import "testing"

// An S3 event as EventBridge delivers it, and an event from CloudTrail, which is one of the larger ones.
const (
	s3Event = `{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Object Created",` +
		`"source":"aws.s3",` +
		`"account":"111122223333","time":"2021-11-12T00:00:00Z","region":"ca-central-1",` +
		`"resources":["arn:aws:s3:::amzn-s3-demo-bucket1"],` +
		`"detail":{"version":"0","bucket":{"name":"amzn-s3-demo-bucket1"},` +
		`"object":{"key":"images/2021/11/12/holiday.jpg","size":524288,"etag":"b1946ac92492d2347c6235b4d2611184",` +
		`"version-id":"IYV3p45BT0ac8hjHg1houSdS1a.Mro8e","sequencer":"617f08299329d189"},"request-id":"N4N7GDK58NMKJ12R",` +
		`"requester":"123456789012","source-ip-address":"1.2.3.4","reason":"PutObject"}}`
	trailEvent = `{"version":"0","id":"36eb8523-97d0-4518-b33d-ee3579ff19f0",` +
		`"detail-type":"AWS API Call via CloudTrail",` +
		`"source":"aws.s3","account":"123456789012","time":"2016-02-20T01:09:13Z","region":"us-east-1","resources":[],` +
		`"detail":{"eventVersion":"1.03","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:admin",` +
		`"arn":"arn:aws:sts::123456789012:assumed-role/Admin/admin","accountId":"123456789012",` +
		`"sessionContext":{"attributes":{"mfaAuthenticated":"false","creationDate":"2016-02-20T01:05:59Z"},` +
		`"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/Admin",` +
		`"accountId":"123456789012","userName":"Admin"}}},"eventTime":"2016-02-20T01:09:13Z",` +
		`"eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.12",` +
		`"userAgent":"[S3Console/0.4, aws-internal/3]","requestParameters":{"bucketName":"bucket","key":"images/a b.jpg",` +
		`"x-amz-acl":["private"]},"responseElements":{"x-amz-server-side-encryption":"AES256"},` +
		`"additionalEventData":{"bytesTransferredIn":524288,"x-amz-id-2":"Uzuk3RLnSQJZ3WjGcDkLxfyPtNsvMM8Vsz="},` +
		`"requestID":"FFFFB46B3D8A67D6","eventID":"cdc4b7ed-e171-4cef-975a-ad829d4123e8","readOnly":false,` +
		`"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::bucket/images/a b.jpg"},` +
		`{"accountId":"123456789012","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::bucket"}],"eventType":"AwsApiCall"}}`
)

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct{ name, pattern, event string }{
		{"S3Object", `{"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {
			"bucket": {"name": ["amzn-s3-demo-bucket1"]}, "object": {"key": [{"prefix": "images/"}]}}}`, s3Event},
		{"CloudTrail", `{"source": ["aws.s3"], "detail": {"eventName": ["PutObject", "CopyObject"],
			"requestParameters": {"key": [{"wildcard": "images/*.jpg"}]}}}`, trailEvent},
		{
			"EveryOperator", `{"source": [{"suffix": {"equals-ignore-case": "S3"}}], "account": [{"anything-but": ["1", "2"]}],
			"$or": [{"detail": {"eventName": ["DeleteObject"]}}, {"detail": {"additionalEventData": {
			"bytesTransferredIn": [{"numeric": [">", 0, "<=", 1e6]}]}, "sourceIPAddress": [{"cidr": "203.0.113.0/24"}],
			"errorCode": [{"exists": false}], "resources": {"type": ["AWS::S3::Bucket"], "ARN": [{"wildcard": "*:bucket"}]}}}]}`,
			trailEvent,
		},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := parse([]byte(c.pattern))
			if err != nil {
				b.Fatal(err)
			}
			event := []byte(c.event)
			b.ReportAllocs()
			b.SetBytes(int64(len(event)))
			for b.Loop() {
				if ok, err := matches(p, event); err != nil || !ok {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`{"source": ["aws.s3"], "detail": {"eventName": ["PutObject"], "key": [{"wildcard": "images/*.jpg"}]}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
