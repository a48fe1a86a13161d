package stack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// contents are what goes with the buckets and queues that a plan deletes or replaces.
type contents struct {
	buckets []bucketContents
	queues  []queueContents // those that are not empty
}

type bucketContents struct {
	inventory.Objects
	name, address string
	permitted     bool // the stack was made with DELETE_OBJECTS=true, or this run has it
}

// queueContents are the messages that are lost or become unreadable because their queue is deleted, or its key.
type queueContents struct {
	name, url   string
	address     string // of what is deleted
	messages    int
	deadLetters bool // it is a dead-letter queue
	key         bool // the key that encrypts them is what is deleted
}

func (b bucketContents) String() string {
	text := fmt.Sprintf("%s: %s", b.count(), strings.Join(b.First, ", "))
	if b.Count > len(b.First) {
		text += ", …"
	}
	return text
}

func (b bucketContents) count() string {
	if b.More {
		return "more than " + plural(b.Count, "object version")
	}
	return plural(b.Count, "object version")
}

// String is about how many messages there are: SQS counts no better.
func (q queueContents) String() string {
	if q.deadLetters {
		return "about " + plural(q.messages, "dead letter")
	}
	return "about " + plural(q.messages, "waiting event")
}

// contents counts what is in the buckets and queues that go.
func (r *session) contents(ctx context.Context, plan *tfjson.Plan, remove []resource) (contents, error) {
	var c contents
	for _, change := range plan.ResourceChanges {
		if change.Mode == tfjson.DataResourceMode || !deletes(change) {
			continue
		}
		values := object(change.Change.Before)
		switch change.Type {
		case "aws_s3_bucket":
			c.buckets = append(c.buckets, bucketContents{
				name: text(values["bucket"]), address: change.Address, permitted: values["force_destroy"] == true,
			})
		case "aws_sqs_queue":
			c.queues = append(c.queues, queueOf(change))
		case "aws_kms_key":
			c.queues = append(c.queues, queuesWithKey(plan, change)...)
		}
	}
	for _, res := range remove {
		switch res.Type {
		case "aws_s3_bucket":
			c.buckets = append(c.buckets, bucketContents{name: res.ID, address: res.address})
		case "aws_sqs_queue":
			c.queues = append(c.queues, queueContents{
				name: res.Name, url: res.ID, address: res.address, deadLetters: isForDeadLetters(res.address),
			})
		}
	}
	return c, r.count(ctx, &c)
}

func deletes(c *tfjson.ResourceChange) bool {
	return c.Change.Actions.Delete() || c.Change.Actions.Replace()
}

func queueOf(c *tfjson.ResourceChange) queueContents {
	values := object(c.Change.Before)
	return queueContents{
		name: text(values["name"]), url: text(values["url"]), address: c.Address,
		deadLetters: isForDeadLetters(c.Address),
	}
}

// isForDeadLetters reports whether a queue holds dead letters: the modules give all of these the same address.
func isForDeadLetters(address string) bool { return strings.HasSuffix(address, ".dead_letter") }

// queuesWithKey are the queues that stay, and whose messages cannot be read without a key that goes.
func queuesWithKey(plan *tfjson.Plan, key *tfjson.ResourceChange) (list []queueContents) {
	values := object(key.Change.Before)
	for _, change := range plan.ResourceChanges {
		used := text(object(change.Change.Before)["kms_master_key_id"])
		if change.Type != "aws_sqs_queue" || used == "" || deletes(change) {
			continue
		}
		if used == text(values["arn"]) || used == text(values["key_id"]) {
			q := queueOf(change)
			q.key, q.address = true, key.Address
			list = append(list, q)
		}
	}
	return list
}

// count asks all at once, and leaves out the queues that hold nothing.
func (r *session) count(ctx context.Context, c *contents) error {
	g, ctx := errgroup.WithContext(ctx)
	for i := range c.buckets {
		b := &c.buckets[i]
		g.Go(func() (err error) {
			b.Objects, err = r.aws.Objects(ctx, b.name)
			return err
		})
	}
	for i := range c.queues {
		q := &c.queues[i]
		g.Go(func() error {
			counted, err := r.aws.Count(ctx, q.name, q.url)
			q.messages = counted.Total()
			return err
		})
	}
	err := g.Wait()
	c.queues = slices.DeleteFunc(c.queues, func(q queueContents) bool { return q.messages == 0 })
	return err
}

// permit refuses to delete what there is no permission for.
func (c contents) permit(objects, events bool) error {
	var kept []string
	for i := range c.buckets {
		b := &c.buckets[i]
		b.permitted = b.permitted || objects
		if b.Count > 0 && !b.permitted {
			kept = append(kept, fmt.Sprintf("the bucket %s holds %s", b.name, b))
		}
	}
	if len(kept) > 0 {
		return &Refusal{
			Reason: strings.Join(kept, "\n") + "\nnothing was destroyed",
			Remedy: "copy what you need and run this again with DELETE_OBJECTS=true (--delete-objects), " +
				"which deletes them for good",
		}
	}
	if len(c.queues) == 0 || events {
		return nil
	}
	var lost []string
	for _, q := range c.queues {
		line := fmt.Sprintf("the queue %s would be deleted with %s", q.name, q)
		if q.key {
			line = fmt.Sprintf("the key of %s in the queue %s would be deleted: nobody could read them any more", q, q.name)
		}
		lost = append(lost, line)
	}
	return &Refusal{
		Reason: strings.Join(lost, "\n") + "\nnothing was changed",
		Remedy: "have the forwarder deliver what waits, and redrive or purge the dead letters; " +
			"DROP_EVENTS=true (--drop-events) deletes them for good",
	}
}

// lose says in a plan's lines what goes with them, and counts it for the question: objects of each bucket, messages of
// all queues together.
func (p *Plan) lose(c contents) {
	note := func(address, text string) {
		for i := range p.Lines {
			if l := &p.Lines[i]; l.Address == address {
				l.Detail = strings.TrimSuffix(text+", "+l.Detail, ", ")
			}
		}
	}
	for _, b := range c.buckets {
		if b.Count > 0 {
			note(b.address, "WITH ALL OBJECTS: "+b.String())
			p.Lost = append(p.Lost, b.count())
		}
	}
	events, letters := queueContents{}, queueContents{deadLetters: true}
	for _, q := range c.queues {
		if q.key {
			note(q.address, fmt.Sprintf("WHICH %s in %s NEED", q, q.name))
		} else {
			note(q.address, "WITH "+q.String())
		}
		if q.deadLetters {
			letters.messages += q.messages
		} else {
			events.messages += q.messages
		}
	}
	for _, sum := range []queueContents{events, letters} {
		if sum.messages > 0 {
			p.Lost = append(p.Lost, sum.String())
		}
	}
}

// emptyBuckets deletes what is in the buckets that go and may be emptied, also what came after it was shown.
func (r *session) emptyBuckets(ctx context.Context, c contents) error {
	for _, b := range c.buckets {
		if !b.permitted {
			continue
		}
		n, err := r.aws.Empty(ctx, b.name)
		if n > 0 {
			r.Report.Note(fmt.Sprintf("bucket %s: deleted %s", b.name, plural(n, "object version")))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
