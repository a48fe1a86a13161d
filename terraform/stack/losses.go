package stack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"
)

// losses are what goes with the buckets and queues that a plan deletes or replaces. What is empty is left out of
// queues.
type losses struct {
	buckets []Contents
	queues  []Loss
}

// Contents is what a bucket holds: the first few objects, and how many there are.
type Contents struct {
	Bucket string
	First  []string
	Count  int
	More   bool // there are more than were counted

	address   string
	permitted bool // the stack was made with DELETE_OBJECTS=true
}

// Loss is what a queue holds that goes, or whose key does.
type Loss struct {
	Queue    string
	Messages int
	Dead     bool   // they are dead letters
	Key      string // what goes is the key that they are encrypted with

	address, url string // of what goes, and of the queue
}

func (c Contents) String() string {
	text := fmt.Sprintf("%s: %s", c.count(), strings.Join(c.First, ", "))
	if c.More || c.Count > len(c.First) {
		text += ", …"
	}
	return text
}

func (c Contents) count() string {
	if c.More {
		return "more than " + plural(c.Count, "object version")
	}
	return plural(c.Count, "object version")
}

// String is about how many messages there are: SQS counts no better.
func (l Loss) String() string {
	if l.Dead {
		return "about " + plural(l.Messages, "dead letter")
	}
	return "about " + plural(l.Messages, "waiting event")
}

// losses counts what is in the buckets and queues that go.
func (c *cloud) losses(ctx context.Context, plan *tfjson.Plan, remove []adoption) (losses, error) {
	var l losses
	for _, change := range plan.ResourceChanges {
		values := object(change.Change.Before)
		if a := change.Change.Actions; change.Mode == tfjson.DataResourceMode || !a.Delete() && !a.Replace() {
			continue
		}
		switch change.Type {
		case "aws_s3_bucket":
			l.buckets = append(l.buckets, Contents{
				Bucket: text(values["bucket"]), address: change.Address, permitted: values["force_destroy"] == true,
			})
		case "aws_sqs_queue":
			l.queues = append(l.queues, lossOf(change, ""))
		case "aws_kms_key":
			l.queues = append(l.queues, behindKey(plan, change)...)
		}
	}
	for _, a := range remove {
		switch a.resourceType {
		case "aws_s3_bucket":
			l.buckets = append(l.buckets, Contents{Bucket: a.id, address: a.address})
		case "aws_sqs_queue":
			if !a.copies {
				l.queues = append(l.queues, Loss{Queue: a.line.Name, url: a.id, address: a.address, Dead: deadLetters(a.address)})
			}
		}
	}
	return l, c.count(ctx, &l)
}

// behindKey are the queues that stay, and whose messages cannot be read without a key that goes.
func behindKey(plan *tfjson.Plan, key *tfjson.ResourceChange) (list []Loss) {
	values := object(key.Change.Before)
	for _, q := range plan.ResourceChanges {
		used := text(object(q.Change.Before)["kms_master_key_id"])
		if q.Type == "aws_sqs_queue" && used != "" && !q.Change.Actions.Delete() && !q.Change.Actions.Replace() &&
			(used == text(values["arn"]) || used == text(values["key_id"])) {
			l := lossOf(q, lineOf(key, "-").Name)
			l.address = key.Address
			list = append(list, l)
		}
	}
	return list
}

func lossOf(queue *tfjson.ResourceChange, key string) Loss {
	values := object(queue.Change.Before)
	return Loss{
		Queue: text(values["name"]), Key: key, Dead: deadLetters(queue.Address),
		address: queue.Address, url: text(values["url"]),
	}
}

// deadLetters tells whether a queue is one of those for dead letters, which the modules call so.
func deadLetters(address string) bool { return strings.HasSuffix(address, ".dead_letter") }

// count asks all at once, and leaves out the queues that hold nothing.
func (c *cloud) count(ctx context.Context, l *losses) error {
	g, ctx := errgroup.WithContext(ctx)
	for i := range l.buckets {
		g.Go(func() error { return c.look(ctx, &l.buckets[i]) })
	}
	for i := range l.queues {
		g.Go(func() error {
			d, err := c.messages(ctx, l.queues[i].Queue, l.queues[i].url)
			l.queues[i].Messages = d.Visible + d.InFlight + d.Delayed
			return err
		})
	}
	err := g.Wait()
	l.queues = slices.DeleteFunc(l.queues, func(q Loss) bool { return q.Messages == 0 })
	return err
}

// permit refuses to lose what there is no permission for.
func (l losses) permit(objects, events bool) error {
	for i := range l.buckets {
		l.buckets[i].permitted = l.buckets[i].permitted || objects
	}
	kept := slices.DeleteFunc(slices.Clone(l.buckets), func(b Contents) bool { return b.Count == 0 || b.permitted })
	if len(kept) > 0 {
		return &NotEmptyError{Buckets: kept}
	}
	if len(l.queues) > 0 && !events {
		return &DropError{Queues: l.queues}
	}
	return nil
}

// DropError names the events that a plan would lose. Nothing was changed.
type DropError struct{ Queues []Loss }

func (e *DropError) Error() string {
	var lines []string
	for _, q := range e.Queues {
		if q.Key != "" {
			lines = append(lines, fmt.Sprintf("the key of %s in the queue %s would be deleted: nobody could read them any more", q, q.Queue))
		} else {
			lines = append(lines, fmt.Sprintf("the queue %s would be deleted with %s", q.Queue, q))
		}
	}
	return strings.Join(lines, "\n") + "\nnothing was changed"
}

// Hint says how to save them, and how not to.
func (e *DropError) Hint() string {
	return "have the forwarder deliver what waits, and redrive or purge the dead letters; DROP_EVENTS=true (--drop-events) lets them go for good"
}

// lost says in a plan's lines what goes with them, and counts it for the question.
func (p *Plan) lost(l losses) {
	note := func(address, words string) {
		for i := range p.Lines {
			if l := &p.Lines[i]; l.Address == address {
				l.Detail = strings.TrimSuffix(words+", "+l.Detail, ", ")
			}
		}
	}
	for _, b := range l.buckets {
		if b.Count > 0 {
			note(b.address, "WITH ALL OBJECTS: "+b.String())
			p.Lost = append(p.Lost, b.count())
		}
	}
	for _, q := range l.queues {
		if q.Key != "" {
			note(q.address, fmt.Sprintf("WHICH %s in %s NEED", q, q.Queue))
		} else {
			note(q.address, "WITH "+q.String())
		}
		p.Lost = append(p.Lost, q.String())
	}
}

// shown is how many objects of a bucket are named.
const shown = 3

// look looks into a bucket, at versions and delete markers too: AWS counts them all.
func (c *cloud) look(ctx context.Context, found *Contents) error {
	page, err := c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &found.Bucket})
	if code := codeOf(err); code == "NoSuchBucket" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into the bucket %s: %w", found.Bucket, err)
	}
	for _, v := range page.Versions {
		found.see(aws.ToString(v.Key))
	}
	for _, m := range page.DeleteMarkers {
		found.see(aws.ToString(m.Key) + " (deleted)")
	}
	found.More = aws.ToBool(page.IsTruncated)
	return nil
}

func (c *Contents) see(key string) {
	c.Count++
	if len(c.First) < shown {
		c.First = append(c.First, key)
	}
}

// emptyBuckets deletes what is in the buckets that go and may be emptied, also what came after it was shown.
func (r *session) emptyBuckets(ctx context.Context, p *proposal) error {
	for _, b := range p.losses.buckets {
		if !b.permitted {
			continue
		}
		n, err := r.cloud.empty(ctx, b.Bucket)
		if n > 0 {
			r.Report.Note(fmt.Sprintf("bucket %s: deleted %s", b.Bucket, plural(n, "object version")))
		}
		if err != nil {
			return fmt.Errorf("empty the bucket %s: %w", b.Bucket, err)
		}
	}
	return nil
}

// empty deletes all versions of all objects, page by page.
func (c *cloud) empty(ctx context.Context, bucket string) (deleted int, err error) {
	for {
		page, err := c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
		if code := codeOf(err); code == "NoSuchBucket" {
			return deleted, nil
		}
		if err != nil {
			return deleted, err
		}
		var doomed []types.ObjectIdentifier
		for _, v := range page.Versions {
			doomed = append(doomed, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			doomed = append(doomed, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(doomed) == 0 {
			return deleted, nil
		}
		done, err := c.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &bucket, Delete: &types.Delete{Objects: doomed, Quiet: aws.Bool(true)},
		})
		if err != nil {
			return deleted, err
		}
		deleted += len(doomed) - len(done.Errors)
		if len(done.Errors) > 0 {
			e := done.Errors[0]
			return deleted, fmt.Errorf("delete %s: %s: %s", aws.ToString(e.Key), aws.ToString(e.Code), aws.ToString(e.Message))
		}
	}
}
