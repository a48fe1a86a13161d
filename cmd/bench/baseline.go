package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

// baseline is the minimal program that the forwarder is compared with: a few loops that use plain net/http, as anybody
// would write them. It receives ten messages, decodes them with encoding/json, posts each body as it is and deletes the
// ten. It has no AWS SDK, no signatures, no CloudEvents, no classification of answers, no extension of visibility
// timeouts, no metrics and no clean shutdown.
type baseline struct {
	QueueURL, ReceiverURL string
	HasArrays             bool
	Loops                 int
	Posts                 int // requests of a loop in flight at once

	client http.Client
}

// startBaseline starts this program as the baseline. If the receiver answers at once, a few loops that do one thing
// after another are fastest; if it is slow, 600 posts at once.
func startBaseline(r *run) (*child.Process, error) {
	m := r.benchCase
	f := baseline{QueueURL: r.queue.URL, ReceiverURL: r.receiverURL + "/", HasArrays: m.hasArrays(), Loops: 8, Posts: 1}
	if m.delay > 0 {
		f.Loops, f.Posts = 60, 10
	}
	text, _ := json.Marshal(f) // strings and numbers can always be encoded
	return child.Start(child.Options{Name: baselineRole, Env: r.trust}, os.Args[0], baselineRole, string(text))
}

// runBaseline runs the baseline in this process. It ends on SIGTERM or at the first failure: it gives no guarantees.
func runBaseline(ctx context.Context) error {
	var f baseline
	if err := json.Unmarshal([]byte(os.Args[2]), &f); err != nil {
		return fmt.Errorf("decode the baseline's arguments: %w", err)
	}
	f.client.Transport = &http.Transport{MaxIdleConnsPerHost: f.Loops * f.Posts, DisableCompression: true}
	failed := make(chan error)
	for range f.Loops {
		go func() { failed <- f.loop() }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

type message struct{ Body, ReceiptHandle string }

func (f *baseline) loop() error {
	receive := []byte(`{"QueueUrl":"` + f.QueueURL + `","MaxNumberOfMessages":10,"WaitTimeSeconds":20,` +
		`"MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp"]}`)
	var answer, request bytes.Buffer
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
		request.Reset()
		request.WriteString(`{"QueueUrl":"` + f.QueueURL + `","Entries":`)
		for i, m := range received.Messages {
			request.WriteByte("[,"[min(i, 1)])
			request.WriteString(`{"Id":"` + strconv.Itoa(i) + `","ReceiptHandle":"` + m.ReceiptHandle + `"}`)
		}
		request.WriteString("]}")
		if err := f.call("DeleteMessageBatch", request.Bytes(), &answer); err != nil {
			return err
		}
	}
}

func (f *baseline) deliver(messages []message, request *bytes.Buffer) error {
	if f.HasArrays {
		request.Reset()
		for i, m := range messages {
			request.WriteByte("[,"[min(i, 1)])
			request.WriteString(m.Body)
		}
		request.WriteByte(']')
		return f.post(request.Bytes())
	}
	if f.Posts == 1 { // without goroutines
		for _, m := range messages {
			if err := f.post([]byte(m.Body)); err != nil {
				return err
			}
		}
		return nil
	}
	var posting errgroup.Group
	for _, m := range messages { // at most ten: Posts is 10 or 1
		posting.Go(func() error { return f.post([]byte(m.Body)) })
	}
	return posting.Wait()
}

func (f *baseline) post(body []byte) error {
	return f.send(f.ReceiverURL, http.Header{"Content-Type": {"application/json"}}, body, io.Discard)
}

func (f *baseline) call(operation string, body []byte, answer *bytes.Buffer) error {
	answer.Reset()
	header := http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"AmazonSQS." + operation}}
	return f.send(f.QueueURL, header, body, answer)
}

func (f *baseline) send(to string, header http.Header, body []byte, answer io.Writer) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = header
	response, err := f.client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(answer, response.Body)
	_ = response.Body.Close() // it was read to its end
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", to, response.Status)
	}
	return err
}
