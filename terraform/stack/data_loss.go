package stack

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// loss is the data that is deleted with a bucket or a queue that a plan deletes or replaces, that becomes unreadable
// because its key is deleted, or that a queue no longer keeps.
type loss struct {
	name, url string // of the bucket or queue
	address   string // of the resource that is deleted or changed
	cause     string // what happens to it: the words before amount
	what      string // objectVersion, waitingEvent or deadLetter
	verb      string // WITH or, if only messages are deleted, DELETES
	replaced  bool   // the rules go on sending events to the queue until they send to the new one
	count     int
	amount    string // the count in words; before measure, only its first words
	example   string // the names of the first objects, or why messages are lost with a key
	permitted bool   // the last 'stack up' had DELETE_OBJECTS=true, or this run has that setting
}

const (
	objectVersion = "object version"
	waitingEvent  = "waiting event"
	deadLetter    = "dead letter"
)

// losses counts what is lost with a plan, and with the resources that are deleted without Terraform.
func (r *session) losses(ctx context.Context, plan *tfjson.Plan, unrecorded []existing) ([]*loss, error) {
	changes := slices.Clone(plan.ResourceChanges)
	for _, e := range unrecorded {
		c := &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}}
		c.Before = map[string]any{"bucket": e.Name, "name": e.Name, "url": e.ID, "key_id": e.ID}
		// The queue of a tail command, which has no address, holds copies of events.
		if e.address != "" {
			changes = append(changes, &tfjson.ResourceChange{Type: e.Type, Address: e.address, Change: c})
		}
	}
	all := lossesIn(changes)
	g, asking := errgroup.WithContext(ctx)
	for _, l := range all {
		g.Go(func() error { return l.measure(asking, r.aws) })
	}
	return all, g.Wait()
}

// lossesIn returns the losses: the buckets and queues that are deleted, and the queues that stay, but whose key is
// deleted or whose retention becomes shorter.
func lossesIn(changes []*tfjson.ResourceChange) (all []*loss) {
	keys := map[string]string{} // the addresses of the deleted keys, by their IDs
	for _, c := range changes {
		if c.Type == "aws_kms_key" && deletes(c) {
			keys[text(object(c.Change.Before)["key_id"])] = c.Address
		}
	}
	for _, c := range changes {
		id := path.Base(text(object(c.Change.Before)["kms_master_key_id"])) // an ARN ends in "/" and the ID
		l, key := lossOf(c), keys[id]
		switch {
		case l == nil:
		case deletes(c):
			l.replaced = l.what == waitingEvent && (c.Change.Actions.Replace() || c.DeposedKey != "")
			all = append(all, l)
		case key != "":
			l.address, l.cause = key, "key of the "+l.cause
			l.example = " in " + l.name + ", which nobody can read without it"
			all = append(all, l)
		case shortens(c.Change):
			l.cause = "retention of the queue " + l.name + " would be shortened, which deletes"
			l.verb, l.amount = "DELETES", "up to about "
			all = append(all, l)
		}
	}
	return all
}

func deletes(c *tfjson.ResourceChange) bool {
	return slices.Contains(c.Change.Actions, tfjson.ActionDelete)
}

// shortens reports whether a queue would keep messages for less time. SQS then deletes those that are older.
func shortens(c *tfjson.Change) bool {
	const name = "message_retention_seconds"
	before, _ := object(c.Before)[name].(float64)
	after, known := object(c.After)[name].(float64)
	return known && after < before
}

// lossOf returns what is deleted with a resource, or nil for types that hold no data. In the modules, the address of
// every dead-letter queue ends in ".dead_letter".
func lossOf(c *tfjson.ResourceChange) *loss {
	values := object(c.Change.Before)
	l := &loss{name: text(values["name"]), url: text(values["url"]), address: c.Address, verb: "WITH", amount: "about "}
	switch {
	case c.Mode == tfjson.DataResourceMode:
		return nil
	case c.Type == "aws_s3_bucket":
		l.what, l.name, l.permitted = objectVersion, text(values["bucket"]), values["force_destroy"] == true
	case c.Type != inventory.QueueType:
		return nil
	case strings.HasSuffix(c.Address, ".dead_letter"):
		l.what = deadLetter
	default:
		l.what = waitingEvent
	}
	l.cause = inventory.TypeOf(c.Type).Label + " " + l.name + " would be deleted with"
	return l
}

// measure counts what would be lost. SQS counts messages approximately.
func (l *loss) measure(ctx context.Context, aws *inventory.Client) error {
	if l.what != objectVersion {
		queue, err := aws.Count(ctx, l.name, l.url)
		l.count, l.amount = queue.Total(), l.amount+Plural(queue.Total(), l.what)
		if l.replaced {
			l.amount += " and those that still arrive"
		}
		return err
	}
	objects, err := aws.Objects(ctx, l.name)
	l.count, l.amount = objects.Count, Plural(objects.Count, l.what)
	if objects.More {
		l.amount = "more than " + l.amount
	}
	l.example = ": " + strings.Join(objects.First, ", ")
	if objects.Count > len(objects.First) {
		l.example += ", …"
	}
	return err
}

// permit marks the loss of objects as permitted if this run has DELETE_OBJECTS, too; emptyBuckets empties only buckets
// with that mark. It returns an error if something would be lost that neither DELETE_OBJECTS nor DROP_EVENTS allows.
func permit(losses []*loss, objects, events bool) error {
	var refused, remedies []string
	for _, l := range losses {
		allowed, remedy := events, "let the forwarder deliver the waiting events, and redrive or purge the dead letters; "+
			"or delete them permanently with DROP_EVENTS=true (--drop-events)"
		if l.replaced {
			remedy = "the old queue receives events until it is deleted. To lose none, create a second stack with another " +
				"NAME, and remove this one when its events are delivered; or keep the forwarder running, and let " +
				"DROP_EVENTS=true (--drop-events) delete what it has not delivered"
		}
		if l.what == objectVersion {
			l.permitted = l.permitted || objects
			allowed, remedy = l.permitted, "copy what you need and run this again with DELETE_OBJECTS=true "+
				"(--delete-objects), which deletes the objects permanently"
		}
		if (l.count > 0 || l.replaced) && !allowed {
			refused = append(refused, fmt.Sprintf("the %s %s%s", l.cause, l.amount, l.example))
			remedies = append(remedies, remedy)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	slices.Sort(remedies)
	return &Refusal{
		Reason: strings.Join(refused, "\n") + "\nnothing was changed",
		Remedy: strings.Join(slices.Compact(remedies), "\n"),
	}
}

// addLosses adds what is deleted with each resource to its line in the plan, and to Lost for the approval question. The
// new queue that has replaced one that is still to be deleted has the same address, and may have a line of its own.
func (p *Plan) addLosses(losses []*loss) {
	for _, l := range losses {
		if l.count == 0 && !l.replaced {
			continue
		}
		p.Lost = append(p.Lost, l.amount+" in "+l.name)
		for i := range p.Lines {
			if line := &p.Lines[i]; line.Address == l.address && (line.Mark != "~" || l.verb == "DELETES") {
				line.Detail = joined(l.verb+" "+l.amount+l.example, line.Detail)
			}
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
			r.Report.Note(fmt.Sprintf("bucket %s: deleted %s", l.name, Plural(n, objectVersion)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
