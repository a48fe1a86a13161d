package sinktest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

func Example() {
	receiver := &sinktest.Receiver{Dialect: sinktest.Sidecar}
	receiver.Fault(1, sinktest.Fault{Kind: sinktest.Status, Status: http.StatusServiceUnavailable, RetryAfter: "2"})
	server := httptest.NewServer(receiver)
	defer server.Close()

	body := `{"eventType":"aws.s3","cloudEventsVersion":"0.1","source":"dispatch","eventID":"1"}`
	for range 2 {
		resp, err := http.Post(server.URL, "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d %q\n", resp.StatusCode, resp.Header.Get("Retry-After"))
		_ = resp.Body.Close()
	}
	fmt.Println(receiver.Events()[0].Type, receiver.Counts().Rejected)
	// Output:
	// 503 "2"
	// 201 ""
	// aws.s3 1
}
