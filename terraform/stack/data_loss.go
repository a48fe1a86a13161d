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

// loss is the data that is deleted with a bucket or a queue that a plan deletes or replaces, or that becomes unreadable
// because its key is deleted.
type loss struct {
	what      string // object version, waiting event or dead letter
	name, url string // of the bucket or queue
	address   string // of the resource that is deleted
	count     int
	objects   inventory.Objects
	permitted bool // the stack was created with DELETE_OBJECTS=true, or this run has that setting
	key       bool // only the key that encrypts the messages is deleted
}

const objectVersion = "object version"

// amount says how much is lost. SQS counts messages approximately.
func (l loss) amount() string {
	switch {
	case l.what != objectVersion:
		return "about " + plural(l.count, l.what)
	case l.objects.More:
		return "more than " + plural(l.count, l.what)
	}
	return plural(l.count, l.what)
}

// String returns the amount, with the names of the first objects.
func (l loss) String() string {
	if l.what != objectVersion {
		return l.amount()
	}
	text := fmt.Sprintf("%s: %s", l.amount(), strings.Join(l.objects.First, ", "))
	if l.count > len(l.objects.First) {
		text += ", …"
	}
	return text
}

// losses counts what is in the buckets and queues that are to be deleted.
func (r *session) losses(ctx context.Context, plan *tfjson.Plan, remove []resource) ([]*loss, error) {
	var all []*loss
	for _, c := range plan.ResourceChanges {
		if c.Mode != tfjson.DataResourceMode && deletes(c) {
			all = append(all, lossOf(c.Type, c.Address, object(c.Change.Before)))
			all = append(all, lossesWithKey(plan, c)...)
		}
	}
	for _, res := range remove {
		all = append(all, lossOf(res.Type, res.address, map[string]any{"bucket": res.Name, "name": res.Name, "url": res.ID}))
	}
	all = slices.DeleteFunc(all, func(l *loss) bool { return l == nil })
	g, asking := errgroup.WithContext(ctx)
	for _, l := range all {
		g.Go(func() (err error) {
			if l.what == objectVersion {
				l.objects, err = r.aws.Objects(asking, l.name)
				l.count = l.objects.Count
				return err
			}
			queue, err := r.aws.Count(asking, l.name, l.url)
			l.count = queue.Total()
			return err
		})
	}
	return all, g.Wait()
}

func deletes(c *tfjson.ResourceChange) bool {
	return c.Change.Actions.Delete() || c.Change.Actions.Replace()
}

// lossOf returns what is deleted with a resource, or nil for types that hold no data. In the modules, the address of
// every dead-letter queue ends in ".dead_letter".
func lossOf(resourceType, address string, values map[string]any) *loss {
	switch resourceType {
	case "aws_s3_bucket":
		return &loss{
			what: objectVersion, name: text(values["bucket"]), address: address, permitted: values["force_destroy"] == true,
		}
	case "aws_sqs_queue":
		l := &loss{what: "waiting event", name: text(values["name"]), url: text(values["url"]), address: address}
		if strings.HasSuffix(address, ".dead_letter") {
			l.what = "dead letter"
		}
		return l
	}
	return nil
}

// lossesWithKey returns a loss for each queue that stays but whose messages become unreadable, because the plan deletes
// their key.
func lossesWithKey(plan *tfjson.Plan, key *tfjson.ResourceChange) (list []*loss) {
	keyIs := object(key.Change.Before)
	for _, c := range plan.ResourceChanges {
		queue := object(c.Change.Before)
		used := text(queue["kms_master_key_id"])
		if key.Type != "aws_kms_key" || c.Type != "aws_sqs_queue" || used == "" || deletes(c) {
			continue
		}
		if used == text(keyIs["arn"]) || used == text(keyIs["key_id"]) {
			l := lossOf(c.Type, c.Address, queue)
			l.key, l.address = true, key.Address
			list = append(list, l)
		}
	}
	return list
}

// permit marks the loss of objects as permitted if this run has DELETE_OBJECTS; emptyBuckets empties only buckets with
// that mark. It returns an error if something would be lost that neither DELETE_OBJECTS nor DROP_EVENTS allows.
func permit(losses []*loss, objects, events bool) error {
	var full, dropped []string
	for _, l := range losses {
		l.permitted = l.permitted || objects && l.what == objectVersion
		switch {
		case l.count == 0 || l.permitted:
		case l.what == objectVersion:
			full = append(full, fmt.Sprintf("the bucket %s holds %s", l.name, l))
		case l.key:
			dropped = append(dropped, fmt.Sprintf(
				"the key that encrypts %s in the queue %s would be deleted, and nobody could read them any more", l, l.name))
		default:
			dropped = append(dropped, fmt.Sprintf("the queue %s would be deleted with %s", l.name, l))
		}
	}
	if len(full) > 0 {
		return &Refusal{
			Reason: strings.Join(full, "\n") + "\nnothing was destroyed",
			Remedy: "copy what you need and run this again with DELETE_OBJECTS=true (--delete-objects), " +
				"which deletes them permanently",
		}
	}
	if len(dropped) == 0 || events {
		return nil
	}
	return &Refusal{
		Reason: strings.Join(dropped, "\n") + "\nnothing was changed",
		Remedy: "let the forwarder deliver the waiting events, and redrive or purge the dead letters; " +
			"or delete them permanently with DROP_EVENTS=true (--drop-events)",
	}
}

// addLosses adds to the lines of a plan what is deleted with each resource, and fills Lost for the approval question:
// the objects of each bucket, and the messages of all queues together.
func (p *Plan) addLosses(losses []*loss) {
	messages := []*loss{{what: "waiting event"}, {what: "dead letter"}}
	for _, l := range losses {
		with := fmt.Sprintf("WITH %s", l)
		switch {
		case l.count == 0:
			continue
		case l.what == objectVersion:
			with = fmt.Sprintf("WITH ALL OBJECTS: %s", l)
			p.Lost = append(p.Lost, l.amount())
		case l.key:
			with = fmt.Sprintf("WHICH ENCRYPTS %s in %s", l, l.name)
		}
		for i := range p.Lines {
			if line := &p.Lines[i]; line.Address == l.address {
				line.Detail = strings.TrimSuffix(with+", "+line.Detail, ", ")
			}
		}
		for _, sum := range messages {
			if sum.what == l.what {
				sum.count += l.count
			}
		}
	}
	for _, sum := range messages {
		if sum.count > 0 {
			p.Lost = append(p.Lost, sum.amount())
		}
	}
}

// emptyBuckets deletes the objects in the buckets that are to be deleted and may be emptied, including objects that
// arrived after the plan was shown.
func (r *session) emptyBuckets(ctx context.Context, losses []*loss) error {
	for _, l := range losses {
		if !l.permitted {
			continue
		}
		n, err := r.aws.Empty(ctx, l.name)
		if n > 0 {
			r.Report.Note(fmt.Sprintf("bucket %s: deleted %s", l.name, plural(n, objectVersion)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
