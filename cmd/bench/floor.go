package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// floor is the bare loop that the forwarder is compared with.
type floor struct {
	Queue, Receiver string // URLs
	Arrays          bool
	Loops, Posts    int
	Plain           bool
	Profile         profile

	queue, receiver *url.URL
	transport       *http.Transport
	receive         []byte
}

// runFloor is the floor's process. It ends with its input, on SIGTERM, or when anything fails: it makes no promises.
func runFloor(ctx context.Context, f *floor, in io.Reader) error {
	var err error
	if f.queue, err = url.Parse(f.Queue); err != nil {
		return err
	}
	if f.receiver, err = url.Parse(f.Receiver); err != nil {
		return err
	}
	f.transport = withTLS(&http.Transport{MaxIdleConnsPerHost: f.Loops * f.Posts, DisableCompression: true})
	f.receive = []byte(`{"QueueUrl":"` + f.Queue + `","MaxNumberOfMessages":10,"WaitTimeSeconds":20,` +
		`"MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp"]}`)
	failed := make(chan error, f.Loops+1)
	for range f.Loops {
		go func() { failed <- f.loop() }()
	}
	go func() {
		_, err := io.Copy(io.Discard, in)
		failed <- err
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (f *floor) loop() error {
	var answer, request, nothing bytes.Buffer
	var handles, bodies [][]byte
	for {
		if err := f.call("ReceiveMessage", f.receive, &answer); err != nil {
			return err
		}
		cut := messagesIn
		if f.Plain {
			cut = decoded
		}
		bodies, handles = cut(answer.Bytes(), bodies[:0], handles[:0])
		if len(bodies) == 0 {
			continue
		}
		if err := f.deliver(bodies, &request); err != nil {
			return err
		}
		f.deletion(handles, &request)
		if err := f.call("DeleteMessageBatch", request.Bytes(), &nothing); err != nil {
			return err
		}
	}
}

func (f *floor) deliver(bodies [][]byte, request *bytes.Buffer) error {
	if f.Arrays {
		request.Reset()
		for i, b := range bodies {
			request.WriteByte("[,"[min(i, 1)])
			request.Write(b)
		}
		request.WriteByte(']')
		return f.post(request.Bytes())
	}
	if f.Posts == 1 {
		for _, b := range bodies {
			if err := f.post(b); err != nil {
				return err
			}
		}
		return nil
	}
	var posting sync.WaitGroup
	failed := make(chan error, len(bodies))
	for _, b := range bodies { // ten at most: Posts is that or 1
		posting.Go(func() {
			if err := f.post(b); err != nil {
				failed <- err
			}
		})
	}
	posting.Wait()
	close(failed)
	return <-failed
}

var (
	jsonType = []string{"application/json"}
	awsType  = []string{"application/x-amz-json-1.0"}
)

func (f *floor) post(body []byte) error {
	return f.send(f.receiver, http.Header{"Content-Type": jsonType}, body, nil)
}

func (f *floor) call(operation string, body []byte, answer *bytes.Buffer) error {
	header := http.Header{"Content-Type": awsType, "X-Amz-Target": {"AmazonSQS." + operation}}
	return f.send(f.queue, header, body, answer)
}

func (f *floor) send(to *url.URL, header http.Header, body []byte, answer *bytes.Buffer) error {
	request := (&http.Request{
		Method: http.MethodPost, URL: to, Host: to.Host, Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}).WithContext(context.Background())
	do := f.transport.RoundTrip
	if f.Plain {
		do = (&http.Client{Transport: f.transport}).Do
	}
	response, err := do(request)
	if err != nil {
		return err
	}
	if answer == nil {
		_, err = io.Copy(io.Discard, response.Body)
	} else {
		answer.Reset()
		_, err = answer.ReadFrom(response.Body)
	}
	_ = response.Body.Close() // nothing is left in it
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", to, response.Status)
	}
	return err
}

func (f *floor) deletion(handles [][]byte, request *bytes.Buffer) {
	request.Reset()
	request.WriteString(`{"QueueUrl":"` + f.Queue + `","Entries":`)
	for i, h := range handles {
		request.WriteByte("[,"[min(i, 1)])
		request.WriteString(`{"Id":"` + strconv.Itoa(i) + `","ReceiptHandle":"`)
		request.Write(h)
		request.WriteString(`"}`)
	}
	request.WriteString("]}")
}
