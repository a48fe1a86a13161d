package stack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"
)

// contents are what goes with the buckets and queues that a plan deletes or replaces. Queues that are empty are left
// out.
type contents struct {
	buckets []BucketContents
	queues  []QueueContents
}

// BucketContents are what a bucket holds: the first few objects, and how many there are.
type BucketContents struct {
	Bucket string
	First  []string
	Count  int
	More   bool // there are more than were counted

	address   string
	permitted bool // the stack was made with DELETE_OBJECTS=true
}

// QueueContents counts the messages that are lost or become unreadable because a plan deletes their queue or its key.
type QueueContents struct {
	Queue       string
	Messages    int
	DeadLetters bool   // it is a dead-letter queue
	Key         string // that encrypts them, where that is what the plan deletes

	address, url string // of what is deleted, and of the queue
}

func (c BucketContents) String() string {
	text := fmt.Sprintf("%s: %s", c.count(), strings.Join(c.First, ", "))
	if c.More || c.Count > len(c.First) {
		text += ", …"
	}
	return text
}

func (c BucketContents) count() string {
	if c.More {
		return "more than " + plural(c.Count, "object version")
	}
	return plural(c.Count, "object version")
}

// String is about how many messages there are: SQS counts no better.
func (c QueueContents) String() string { return messages(c.Messages, c.DeadLetters) }

func messages(n int, deadLetters bool) string {
	if deadLetters {
		return "about " + plural(n, "dead letter")
	}
	return "about " + plural(n, "waiting event")
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
			c.buckets = append(c.buckets, BucketContents{
				Bucket: text(values["bucket"]), address: change.Address, permitted: values["force_destroy"] == true,
			})
		case "aws_sqs_queue":
			c.queues = append(c.queues, queueOf(change))
		case "aws_kms_key":
			c.queues = append(c.queues, queuesWithKey(plan, change)...)
		}
	}
	for _, res := range remove {
		switch {
		case res.resourceType == "aws_s3_bucket":
			c.buckets = append(c.buckets, BucketContents{Bucket: res.id, address: res.address})
		case res.resourceType == "aws_sqs_queue" && !res.copies:
			c.queues = append(c.queues, QueueContents{
				Queue: res.line.Name, url: res.id, address: res.address, DeadLetters: isForDeadLetters(res.address),
			})
		}
	}
	return c, r.count(ctx, &c)
}

func deletes(c *tfjson.ResourceChange) bool {
	return c.Change.Actions.Delete() || c.Change.Actions.Replace()
}

func queueOf(c *tfjson.ResourceChange) QueueContents {
	values := object(c.Change.Before)
	return QueueContents{
		Queue: text(values["name"]), DeadLetters: isForDeadLetters(c.Address), address: c.Address, url: text(values["url"]),
	}
}

// isForDeadLetters tells whether a queue is one of those for dead letters, which the modules call so.
func isForDeadLetters(address string) bool { return strings.HasSuffix(address, ".dead_letter") }

// queuesWithKey are the queues that stay, and whose messages cannot be read without a key that goes.
func queuesWithKey(plan *tfjson.Plan, key *tfjson.ResourceChange) (list []QueueContents) {
	values := object(key.Change.Before)
	for _, change := range plan.ResourceChanges {
		used := text(object(change.Change.Before)["kms_master_key_id"])
		if change.Type != "aws_sqs_queue" || used == "" || deletes(change) {
			continue
		}
		if used == text(values["arn"]) || used == text(values["key_id"]) {
			q := queueOf(change)
			q.Key, q.address = lineOf(key, "-").Name, key.Address
			list = append(list, q)
		}
	}
	return list
}

// namedObjects is how many objects of a bucket are named.
const namedObjects = 3

// count asks all at once, and leaves out the queues that hold nothing.
func (r *session) count(ctx context.Context, c *contents) error {
	g, ctx := errgroup.WithContext(ctx)
	for i := range c.buckets {
		b := &c.buckets[i]
		g.Go(func() (err error) {
			b.First, b.Count, b.More, err = r.aws.Objects(ctx, b.Bucket, namedObjects)
			return err
		})
	}
	for i := range c.queues {
		q := &c.queues[i]
		g.Go(func() error {
			counted, err := r.aws.Count(ctx, q.Queue, q.url)
			q.Messages = counted.Total()
			return err
		})
	}
	err := g.Wait()
	c.queues = slices.DeleteFunc(c.queues, func(q QueueContents) bool { return q.Messages == 0 })
	return err
}

// permit refuses to delete what there is no permission for.
func (c contents) permit(objects, events bool) error {
	for i := range c.buckets {
		c.buckets[i].permitted = c.buckets[i].permitted || objects
	}
	isKept := func(b BucketContents) bool { return b.Count > 0 && !b.permitted }
	if slices.ContainsFunc(c.buckets, isKept) {
		kept := slices.DeleteFunc(slices.Clone(c.buckets), func(b BucketContents) bool { return !isKept(b) })
		return &NotEmptyError{Buckets: kept}
	}
	if len(c.queues) > 0 && !events {
		return &DropError{Queues: c.queues}
	}
	return nil
}

// lost says in a plan's lines what goes with them, and counts it for the question: objects of each bucket, messages of
// all queues together.
func (p *Plan) lost(c contents) {
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
	sum := map[bool]int{}
	for _, q := range c.queues {
		if q.Key != "" {
			note(q.address, fmt.Sprintf("WHICH %s in %s NEED", q, q.Queue))
		} else {
			note(q.address, "WITH "+q.String())
		}
		sum[q.DeadLetters] += q.Messages
	}
	for _, deadLetters := range []bool{false, true} {
		if n := sum[deadLetters]; n > 0 {
			p.Lost = append(p.Lost, messages(n, deadLetters))
		}
	}
}

// emptyBuckets deletes what is in the buckets that go and may be emptied, also what came after it was shown.
func (r *session) emptyBuckets(ctx context.Context, p *proposal) error {
	for _, b := range p.goes.buckets {
		if !b.permitted {
			continue
		}
		n, err := r.aws.Empty(ctx, b.Bucket)
		if n > 0 {
			r.Report.Note(fmt.Sprintf("bucket %s: deleted %s", b.Bucket, plural(n, "object version")))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
