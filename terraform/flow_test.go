package terraform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
)

// released is the commit that was released as 1.0.0-rc.1.
const released = "586aee1"

// sources are of events that match before each change of TestChangesLoseNoEvent and after it.
var sources = []string{"own.kept", "own.edited", "own.renamed", "own.named"}

// TestChangesLoseNoEvent changes a stack while events flow that match before and after: all of them arrive, and no
// queue is touched. At first the stack is one of the release before, where the history reaches back to that.
func TestChangesLoseNoEvent(t *testing.T) {
	t.Parallel()
	f := newFlow(t)
	variables := map[string]any{
		"name":              "flow",
		"schedule":          "rate(1 day)",
		"patterns":          patterns("kept", "edited", "renamed"),
		"named_patterns":    map[string]string{"named": pattern("named"), "removed": pattern("removed")},
		"max_receive_count": 7,
		"bucket":            "flow-pictures",
		"object_events":     "both",
		"kms_key":           "create",
		"alarms":            true,
	}
	f.variables(variables)
	if exec.CommandContext(t.Context(), "git", "cat-file", "-e", released+":./main.tf").Run() == nil {
		f.writeAsOf(released, variables)
		f.apply()
		f.write()
		f.while("upgrade", func() { f.upgrade() })
	} else {
		t.Run("upgrade", func(t *testing.T) {
			t.Skipf("the history does not reach back to %s: no upgrade is tried", released)
		})
		f.apply()
	}
	variables["patterns"] = append(patterns("added", "kept"), `{"source":["own.edited","own.more"]}`)
	variables["named_patterns"] = map[string]string{
		"now-named": pattern("renamed"),
		"named":     `{"source":["own.named"],"detail-type":["Order"]}`,
	}
	f.variables(variables)
	f.while("change", func() {
		changes := f.apply()
		for address, action := range changes {
			if strings.Contains(address, "aws_sqs_queue") {
				t.Errorf("%s: %s", address, action)
			}
		}
		f.ordered("module.rule.aws_cloudwatch_event_target")
		// Of rules and targets 3 come and 3 go, one rule is changed, and what stands between them.
		if len(changes) != 14 {
			t.Errorf("it changed %v", changes)
		}
	})
	if policy := f.redrivePolicy("flow"); !strings.Contains(policy, `"maxReceiveCount":7`) {
		t.Errorf("the redrive policy, which no plan knows, is %s", policy)
	}
}

// kept are the resources that an upgrade must not recreate.
var kept = regexp.MustCompile(`aws_(sqs_queue|s3_bucket|cloudtrail|kms_key|cloudwatch_event)`)

// upgrade keeps queues, buckets, keys, rules and the trail.
func (f *flow) upgrade() {
	f.t.Helper()
	changes := f.apply()
	f.t.Logf("it changed %v", changes)
	for address, action := range changes {
		if kept.MatchString(address) && action != "update" && action != "move" {
			f.t.Errorf("%s: %s", address, action)
		}
	}
	if again := f.plan(); len(again) > 0 {
		f.t.Errorf("a second plan changes %v", again)
	}
}

// ordered wants all resources of a kind that come to be there before the first of those that go is touched.
func (f *flow) ordered(kind string) {
	f.t.Helper()
	begins := func(with string) func(string) bool {
		return func(step string) bool { return strings.HasPrefix(step, with+kind) }
	}
	gone := slices.IndexFunc(f.steps, begins("start delete "))
	if gone < 0 || slices.ContainsFunc(f.steps[gone:], begins("complete create ")) {
		f.t.Errorf("what goes went too early:\n%s", strings.Join(f.steps, "\n"))
	}
}

func pattern(source string) string { return `{"source":["own.` + source + `"]}` }

func patterns(sources ...string) (list []string) {
	for _, s := range sources {
		list = append(list, pattern(s))
	}
	return list
}

// flow is a stack on a local AWS through which events flow.
type flow struct {
	*root
	events *eventbridge.Client
	sqs    *sqs.Client
}

func newFlow(t *testing.T) *flow {
	url := localaws.Test(t)
	cfg := aws.Config{
		Region:       "us-west-2",
		BaseEndpoint: &url,
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	return &flow{newRoot(t, url), eventbridge.NewFromConfig(cfg), sqs.NewFromConfig(cfg)}
}

// writeAsOf writes out the tree of a commit.
func (f *flow) writeAsOf(commit string, variables map[string]any) {
	f.t.Helper()
	f.folder = f.t.TempDir()
	script := `git archive "$1" '*.tf' modules | tar -x -C "$2"`
	unpack := exec.CommandContext(f.t.Context(), "sh", "-c", script, "sh", commit, f.folder)
	if out, err := unpack.CombinedOutput(); err != nil {
		f.t.Fatalf("%v: %s", err, out)
	}
	f.variables(variables)
	f.init()
}

// while puts an event every 50 milliseconds for as long as do lasts, and wants all of them to arrive.
func (f *flow) while(name string, do func()) {
	f.t.Helper()
	ctx, stop := context.WithCancel(f.t.Context())
	var put []string
	var putting sync.WaitGroup
	begun := make(chan struct{})
	putting.Go(func() {
		for every := time.Tick(50 * time.Millisecond); ctx.Err() == nil; <-every {
			id := fmt.Sprintf("%s %d", name, len(put))
			f.put(id, sources[len(put)%len(sources)])
			if put = append(put, id); len(put) == 1 {
				close(begun)
			}
		}
	})
	<-begun
	do()
	stop()
	putting.Wait()
	arrived := f.receive()
	missed := slices.DeleteFunc(slices.Clone(put), func(id string) bool { return slices.Contains(arrived, id) })
	f.t.Logf("%s: of %d events %d arrived", name, len(put), len(put)-len(missed))
	if len(missed) > 0 {
		f.t.Errorf("%s: %d events are missed: %s … %s", name, len(missed), missed[0], missed[len(missed)-1])
	}
}

func (f *flow) put(id, source string) {
	detail, _ := json.Marshal(map[string]string{"id": id})
	put, err := f.events.PutEvents(f.t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
		{Source: &source, DetailType: aws.String("Order"), Detail: aws.String(string(detail))},
	}})
	if err != nil || put.FailedEntryCount > 0 {
		f.t.Errorf("put an event: %v, %+v", err, put)
	}
}

// receive empties the queue. That of what could not be delivered is to be empty.
func (f *flow) receive() (ids []string) {
	f.t.Helper()
	for _, queue := range []string{"flow", "flow-undelivered"} {
		url := f.url(queue)
		for got := f.batch(url); len(got) > 0; got = f.batch(url) {
			for _, m := range got {
				var event struct{ Detail struct{ ID string } }
				if err := json.Unmarshal([]byte(*m.Body), &event); err != nil {
					f.t.Fatal(err)
				}
				if queue == "flow" {
					ids = append(ids, event.Detail.ID)
				}
			}
		}
	}
	return ids
}

func (f *flow) url(queue string) *string {
	f.t.Helper()
	got, err := f.sqs.GetQueueUrl(f.t.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
	if err != nil {
		f.t.Fatal(err)
	}
	return got.QueueUrl
}

func (f *flow) redrivePolicy(queue string) string {
	f.t.Helper()
	const name = sqstypes.QueueAttributeNameRedrivePolicy
	got, err := f.sqs.GetQueueAttributes(f.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: f.url(queue), AttributeNames: []sqstypes.QueueAttributeName{name},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return got.Attributes[string(name)]
}

// batch takes the next messages. Events are in the queue when PutEvents answers, so nothing is waited for, as the queue
// itself would do for 20 seconds.
func (f *flow) batch(url *string) []sqstypes.Message {
	f.t.Helper()
	got, err := f.sqs.ReceiveMessage(f.t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl:            url,
		MaxNumberOfMessages: 10,
		WaitTimeSeconds:     1,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if len(got.Messages) == 0 {
		return nil
	}
	done := &sqs.DeleteMessageBatchInput{QueueUrl: url}
	for _, m := range got.Messages {
		entry := sqstypes.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle}
		done.Entries = append(done.Entries, entry)
	}
	if deleted, err := f.sqs.DeleteMessageBatch(f.t.Context(), done); err != nil || len(deleted.Failed) > 0 {
		f.t.Fatalf("delete: %v, %+v", err, deleted)
	}
	return got.Messages
}
