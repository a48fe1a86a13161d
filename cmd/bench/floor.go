package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"golang.org/x/sync/errgroup"
)

// floor is the bare loop that the forwarder is compared with.
type floor struct {
	Queue, Receiver string // URLs
	Arrays          bool
	Loops, Posts    int

	queue, receiver *url.URL
	client          *http.Client
}

func launchFloor(ctx context.Context, r *run) (*process, error) {
	loops, posts := r.mode.floorLoops()
	f := floor{Queue: r.url, Receiver: r.address + "/", Arrays: r.mode.hasArrays(), Loops: loops, Posts: posts}
	return start(ctx, roleFloor, &f, r.trust()...)
}

// runFloor is the floor's process. It ends with its input, on SIGTERM, or when anything fails: it makes no promises.
func runFloor(ctx context.Context, f floor) (err error) {
	if f.queue, err = url.Parse(f.Queue); err != nil {
		return err
	}
	if f.receiver, err = url.Parse(f.Receiver); err != nil {
		return err
	}
	f.client = &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: f.Loops * f.Posts, DisableCompression: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}}
	ended := make(chan error, f.Loops+1)
	for range f.Loops {
		go func() { ended <- f.loop() }()
	}
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

type message struct{ Body, ReceiptHandle string }

func (f *floor) loop() error {
	receive := []byte(`{"QueueUrl":"` + f.Queue + `","MaxNumberOfMessages":10,"WaitTimeSeconds":20,` +
		`"MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp"]}`)
	var answer, request, nothing bytes.Buffer
	for {
		if err := f.call("ReceiveMessage", receive, &answer); err != nil {
			return err
		}
		var received struct{ Messages []message }
		if err := json.Unmarshal(answer.Bytes(), &received); err != nil {
			return err
		}
		if len(received.Messages) == 0 {
			continue
		}
		if err := f.deliver(received.Messages, &request); err != nil {
			return err
		}
		f.deletion(received.Messages, &request)
		if err := f.call("DeleteMessageBatch", request.Bytes(), &nothing); err != nil {
			return err
		}
	}
}

func (f *floor) deliver(messages []message, request *bytes.Buffer) error {
	if f.Arrays {
		request.Reset()
		for i, m := range messages {
			request.WriteByte("[,"[min(i, 1)])
			request.WriteString(m.Body)
		}
		request.WriteByte(']')
		return f.post(request.Bytes())
	}
	if f.Posts == 1 {
		for _, m := range messages {
			if err := f.post([]byte(m.Body)); err != nil {
				return err
			}
		}
		return nil
	}
	var posting errgroup.Group
	for _, m := range messages { // ten at most: Posts is that or 1
		posting.Go(func() error { return f.post([]byte(m.Body)) })
	}
	return posting.Wait()
}

func (f *floor) deletion(messages []message, request *bytes.Buffer) {
	request.Reset()
	request.WriteString(`{"QueueUrl":"` + f.Queue + `","Entries":`)
	for i, m := range messages {
		request.WriteByte("[,"[min(i, 1)])
		request.WriteString(`{"Id":"` + strconv.Itoa(i) + `","ReceiptHandle":"` + m.ReceiptHandle + `"}`)
	}
	request.WriteString("]}")
}

func (f *floor) post(body []byte) error {
	return f.send(f.receiver, http.Header{"Content-Type": {"application/json"}}, body, nil)
}

func (f *floor) call(operation string, body []byte, answer *bytes.Buffer) error {
	answer.Reset()
	header := http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"AmazonSQS." + operation}}
	return f.send(f.queue, header, body, answer)
}

func (f *floor) send(to *url.URL, header http.Header, body []byte, answer *bytes.Buffer) error {
	response, err := f.client.Do((&http.Request{
		Method: http.MethodPost, URL: to, Host: to.Host, Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}).WithContext(context.Background()))
	if err != nil {
		return err
	}
	if answer == nil {
		_, err = io.Copy(io.Discard, response.Body)
	} else {
		_, err = answer.ReadFrom(response.Body)
	}
	_ = response.Body.Close() // nothing is left in it
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", to, response.Status)
	}
	return err
}
