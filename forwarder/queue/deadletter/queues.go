// Package deadletter shows the messages in the dead-letter queues of a stack, sends them back through its main queue
// (redrive), or deletes them (purge). SQS shows messages only to those who receive them, which hides them from others:
// so they are leased only while the command runs, and released when it ends, for whatever reason.
package deadletter

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
)

// Queues are a stack's queue and its dead-letter queues.
type Queues struct {
	MainName string // name of the stack's queue
	Count    int    // approximate number of dead letters when the queues were opened

	opened time.Time // by the clock of SQS, rounded up
	main   *sqsQueue
	dead   []*sqsQueue
}

// sqsQueue is a queue, with the messages that the command hides from others now, and those that it has deleted.
type sqsQueue struct {
	client    *sqs.Client
	name, url string
	receipts  sync.Map // receipt handles of the hidden messages, by message id
	deleted   sync.Map // ids of the deleted messages
}

// Open reads the queues' attributes. Empty URLs are left out.
func Open(ctx context.Context, config aws.Config, main string, dead ...string) (*Queues, error) {
	config.HTTPClient = queue.HTTPClient(config)
	config.RetryMaxAttempts = 5 // of a call that is throttled or interrupted
	client := sqs.NewFromConfig(config)
	qs := &Queues{}
	for i, url := range append([]string{main}, dead...) {
		if url == "" {
			continue
		}
		q := &sqsQueue{client: client, name: path.Base(url), url: url}
		attributes, now, err := queue.Attributes(ctx, client, url)
		if err != nil {
			return nil, err
		}
		qs.opened = now.Add(time.Second) // now has no fractions of a second
		count := 0
		for _, name := range []string{"", "NotVisible", "Delayed"} {
			part, _ := strconv.Atoi(attributes["ApproximateNumberOfMessages"+name])
			count += part
		}
		switch {
		case i == 0:
			qs.main, qs.MainName = q, q.name
		case attributes["RedrivePolicy"] != "": // reading counts as a receive, so its policy would move the messages away
			return nil, fmt.Errorf("the dead-letter queue %s has a redrive policy of its own, and reading it would count as "+
				"a receive: remove that policy; the stack creates the queue without one", q.name)
		default:
			qs.dead = append(qs.dead, q)
			qs.Count += count
		}
	}
	return qs, nil
}
