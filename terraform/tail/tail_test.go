package tail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// ground is a local AWS with a rule and queues that do not belong to a tail.
type ground struct {
	*testing.T
	url    string
	direct Clients
}

func newGround(t *testing.T) *ground {
	g := &ground{T: t, url: localaws.Test(t)}
	g.direct = g.clients(nil)
	ctx := t.Context()
	for _, name := range []string{"eye", "eye_tail-mine"} {
		_, err := g.direct.SQS.CreateQueue(ctx,
			&sqs.CreateQueueInput{QueueName: &name, Tags: map[string]string{"dispatch-events-aws:stack": "eye"}})
		g.check(err)
	}
	_, err := g.direct.Events.PutRule(ctx,
		&eventbridge.PutRuleInput{Name: aws.String("eye_tail-mine"), ScheduleExpression: aws.String("rate(1 day)")})
	g.check(err)
	return g
}

func (g *ground) check(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

// clients returns clients that call at before each call, and fail with the errors that it returns.
func (g *ground) clients(at func(call int) (before, after error)) Clients {
	config := aws.Config{
		Region: "us-west-2", BaseEndpoint: &g.url, Credentials: credentials.NewStaticCredentialsProvider("tail", "tail", ""),
		Retryer: func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), time.Millisecond) },
	}
	if at != nil {
		config.HTTPClient = &wire{at: at}
	}
	return NewClients(config, "eye", "")
}

type wire struct {
	mu    sync.Mutex
	calls int
	at    func(call int) (before, after error)
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.calls++
	before, after := w.at(w.calls)
	w.mu.Unlock()
	if before != nil {
		return nil, before
	}
	response, err := http.DefaultClient.Do(r)
	if after != nil && err == nil {
		_ = response.Body.Close()
		return nil, after
	}
	return response, err
}

const queue = "arn:aws:sqs:us-west-2:123456789012:eye"

var rules = []Rule{
	{Pattern: `{"source":["own.shop"]}`, State: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"},
	{Schedule: "rate(1 day)", State: "DISABLED"},
}

// left returns all queues and rules except those that existed before.
func (g *ground) left() (names []string) {
	g.Helper()
	queues, err := g.direct.SQS.ListQueues(context.WithoutCancel(g.Context()), &sqs.ListQueuesInput{})
	g.check(err)
	for _, url := range queues.QueueUrls {
		names = append(names, filepath.Base(url))
	}
	left, err := g.direct.Events.ListRules(context.WithoutCancel(g.Context()), &eventbridge.ListRulesInput{})
	g.check(err)
	for _, rule := range left.Rules {
		names = append(names, "rule "+*rule.Name)
	}
	for _, mine := range []string{"eye", "eye_tail-mine", "rule eye_tail-mine"} {
		if !slices.Contains(names, mine) {
			g.Errorf("%s was removed, although it does not belong to a tail", mine)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.Contains(name, "eye_tail-") || strings.HasSuffix(name, "-mine")
	})
}

func (g *ground) put(source string) {
	g.Helper()
	_, err := g.direct.Events.PutEvents(g.Context(),
		&eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
			{Source: &source, DetailType: aws.String("Order"), Detail: aws.String("{}")},
		}})
	g.check(err)
}

func TestTail(t *testing.T) {
	g := newGround(t)
	t.Run("look", func(t *testing.T) { (&ground{t, g.url, g.direct}).look() })
	t.Run("interrupted at every call", func(t *testing.T) { (&ground{t, g.url, g.direct}).interrupted() })
	t.Run("killed at every call", func(t *testing.T) { (&ground{t, g.url, g.direct}).killed() })
	t.Run("states", func(t *testing.T) { (&ground{t, g.url, g.direct}).states() })
	t.Run("another bus", func(t *testing.T) { (&ground{t, g.url, g.direct}).anotherBus() })
	t.Run("leftovers", func(t *testing.T) { (&ground{t, g.url, g.direct}).leftovers() })
}

// look checks that a tail receives only events that match, and deletes them from its queue.
func (g *ground) look() {
	look, err := g.direct.Open(g.Context(), queue, rules)
	g.check(err)
	defer func() { g.check(look.Close(g.Context())) }()
	if left := g.left(); len(left) != 3 {
		g.Errorf("it made %v", left)
	}
	g.put("own.other")
	g.put("own.shop")
	for got := []sqstypes.Message(nil); len(got) == 0 && g.Context().Err() == nil; {
		got, err = look.Receive(g.Context())
		g.check(err)
		var event struct{ Source string }
		if len(got) > 0 &&
			(json.Unmarshal([]byte(*got[0].Body), &event) != nil || event.Source != "own.shop") {
			g.Errorf("got %+v", got)
		}
	}
	attributes,
		err := g.direct.SQS.GetQueueAttributes(g.Context(),
		&sqs.GetQueueAttributesInput{QueueUrl: &look.URL, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	g.check(err)
	if a := attributes.Attributes; a["ApproximateNumberOfMessages"]+a["ApproximateNumberOfMessagesNotVisible"] != "00" {
		g.Errorf("what was shown is still there: %v", a)
	}
	g.check(g.direct.Remove(g.Context(), inventory.Found{Type: inventory.QueueType, ID: look.URL}))
	if _, err := look.Receive(g.Context()); !errors.Is(err, ErrGone) {
		g.Errorf("from a queue that is gone: %v", err)
	}
}

// states checks that the temporary rules match the same API calls as the stack's, and are never disabled.
func (g *ground) states() {
	look, err := g.direct.Open(g.Context(), queue, append(rules, Rule{Schedule: "rate(1 day)"}))
	g.check(err)
	for i, want := range []string{rules[0].State, "ENABLED", "ENABLED"} {
		name := fmt.Sprint(look.Name, "-", i)
		rule, err := g.direct.Events.DescribeRule(g.Context(), &eventbridge.DescribeRuleInput{Name: &name})
		g.check(err)
		if string(rule.State) != want {
			g.Errorf("the state of rule %d is %s", i, rule.State)
		}
	}
	g.check(look.Close(g.Context()))
}

// anotherBus checks that a tail receives events of a bus other than the default, and leaves nothing there.
func (g *ground) anotherBus() {
	_, err := g.direct.Events.CreateEventBus(g.Context(), &eventbridge.CreateEventBusInput{Name: aws.String("orders")})
	g.check(err)
	orders := g.direct
	orders.Bus = "orders"
	look, err := orders.Open(g.Context(), queue, rules[:1]) // only the default bus has schedules
	g.check(err)
	_, err = orders.Events.PutEvents(g.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{{
		EventBusName: &orders.Bus, Source: aws.String("own.shop"), DetailType: aws.String("Order"), Detail: aws.String("{}"),
	}}})
	g.check(err)
	for got := []sqstypes.Message(nil); len(got) == 0 && g.Context().Err() == nil; {
		got, err = look.Receive(g.Context())
		g.check(err)
	}
	policy, err := g.direct.SQS.GetQueueAttributes(g.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &look.URL, AttributeNames: []sqstypes.QueueAttributeName{"Policy"},
	})
	g.check(err)
	if want := ":rule/orders/" + look.Name + "-*"; !strings.Contains(policy.Attributes["Policy"], want) {
		g.Errorf("the queue's policy does not admit %s: %v", want, policy.Attributes)
	}
	if found, err := orders.All(g.Context()); err != nil || len(found) != 2 {
		g.Errorf("found %+v, %v", found, err)
	}
	g.check(look.Close(g.Context()))
	left, err := orders.Events.ListRules(g.Context(), &eventbridge.ListRulesInput{EventBusName: &orders.Bus})
	g.check(err)
	if len(left.Rules) > 0 || len(g.left()) > 0 {
		g.Errorf("left are %v and %v", left.Rules, g.left())
	}
}

// interrupted ends the context at each call, before and after it is handled: nothing is left.
func (g *ground) interrupted() {
	for _, early := range []bool{true, false} {
		for n, reached := 1, true; reached; n++ {
			ctx, cancel := context.WithCancel(g.Context())
			reached = false
			at := func(call int) (error, error) {
				reached = reached || call >= n
				if call == n && early {
					cancel()
				} else if call == n+1 { // the call before has been handled
					cancel()
				}
				return nil, nil
			}
			look, err := g.clients(at).Open(ctx, queue, rules)
			if err == nil {
				err = look.Close(ctx)
			} else if !errors.Is(err, context.Canceled) {
				g.Errorf("interrupted at call %d: %v", n, err)
			}
			if left := g.left(); err != nil && !errors.Is(err, context.Canceled) || len(left) > 0 {
				g.Fatalf("interrupted at call %d: %v, left: %v", n, err, left)
			}
			cancel()
		}
	}
}

var errKilled = errors.New("killed")

// killed lets every call fail after a certain one: the next sweep removes what is left.
func (g *ground) killed() {
	for _, early := range []bool{true, false} {
		for n, reached := 1, true; reached; n++ {
			reached = false
			at := func(call int) (before, after error) {
				if call < n {
					return nil, nil
				}
				reached = true
				if early || call > n {
					return errKilled, nil
				}
				return nil, errKilled
			}
			look, err := g.clients(at).Open(g.Context(), queue, rules)
			if err == nil {
				_ = look.Close(g.Context())
			}
			if _, err := g.sweepLater("eye"); err != nil {
				g.Error(err)
			}
			if left := g.left(); len(left) > 0 {
				g.Fatalf("killed at call %d: left are %v", n, left)
			}
		}
	}
}

// sweepLater sweeps as if no tail had recorded a heartbeat for a long time.
func (g *ground) sweepLater(stack string) ([]string, error) {
	defer func(before time.Duration) { deadAfter = before }(deadAfter)
	deadAfter = -time.Minute
	clients := g.direct
	clients.Stack = stack
	return clients.Sweep(g.Context())
}

// leftovers checks that a sweep removes only tails of its stack without a recent heartbeat.
func (g *ground) leftovers() {
	look, err := g.direct.Open(g.Context(), queue, rules)
	g.check(err)
	if swept, err := g.direct.Sweep(g.Context()); err != nil || len(swept) > 0 {
		g.Errorf("a living tail is swept: %v, %v", swept, err)
	}
	if all, err := g.direct.All(g.Context()); err != nil || len(all) != 3 || all[2].ID != look.URL {
		g.Errorf("found: %+v, %v", all, err)
	}
	if swept, err := g.sweepLater("other"); err != nil || len(swept) > 0 {
		g.Errorf("another stack sweeps %v, %v", swept, err)
	}
	if swept, err := g.sweepLater("eye"); err != nil || len(swept) != 1 || len(g.left()) > 0 {
		g.Errorf("long silent, and not swept: %v, %v, %v", swept, err, g.left())
	}
	if err := look.Close(g.Context()); err != nil {
		g.Errorf("closing what is gone: %v", err)
	}
}
