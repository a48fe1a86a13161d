package stack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go/encoding/cbor"
	tfjson "github.com/hashicorp/terraform-json"
)

func TestPeekTellsTheCausesAndGivesBack(t *testing.T) {
	attribute := func(pairs ...string) string {
		var list []string
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, `"`+pairs[i]+`":{"DataType":"String","StringValue":"`+pairs[i+1]+`"}`)
		}
		return `{"MessageAttributes":{` + strings.Join(list, ",") + `},"ReceiptHandle":"h"}`
	}
	w := newWorld(t)
	w.has["ReceiveMessage"] = `200 {"Messages":[` + strings.Join([]string{
		attribute("ERROR_CODE", "NO_PERMISSIONS", "ERROR_MESSAGE", "denied"),
		attribute("status", "422", "reason", "422 no", "event-type", "aws.ec2"),
		attribute(),
		attribute("status", "422", "reason", "422 no", "event-type", "aws.s3"),
		attribute("ERROR_CODE", "SDK_CLIENT_ERROR"),
	}, ",") + `]}`
	w.has["ChangeMessageVisibilityBatch"] = `200 {"Successful":[]}`
	got, err := w.cloud().peek(t.Context(), "http://q")
	if err != nil {
		t.Fatal(err)
	}
	want := []Letters{
		{Count: 2, By: ByReceiver, Status: 422, Reason: "422 no", EventType: "aws.ec2"},
		{Count: 1, By: ByEventBridge, Reason: "NO_PERMISSIONS: denied"},
		{Count: 1, By: ByRedrive},
		{Count: 1, By: ByEventBridge, Reason: "SDK_CLIENT_ERROR"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	asked := strings.Join(w.calls, "\n")
	if !strings.Contains(asked, `"VisibilityTimeout":5`) || strings.Count(asked, `"ReceiptHandle":"h","VisibilityTimeout":0`) != len(want)+1 {
		t.Errorf("asked\n%s", asked)
	}
}

func TestPeekThatIsNotPermitted(t *testing.T) {
	w := newWorld(t)
	if got, err := w.cloud().peek(t.Context(), "http://q"); err == nil {
		t.Errorf("got %+v", got)
	}
	w.has["ReceiveMessage"] = `200 {"Messages":[{"ReceiptHandle":"h"}]}`
	if _, err := w.cloud().peek(t.Context(), "http://q"); err == nil || !strings.Contains(err.Error(), "hidden for 5 s") {
		t.Errorf("got %v", err)
	}
	w.has["ReceiveMessage"] = `200 {}`
	if got, err := w.cloud().peek(t.Context(), "http://q"); err != nil || got != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	d := Depth{URL: "http://q"}
	w.has["ReceiveMessage"] = `403 {"__type":"AccessDenied","message":"no"}`
	if d.look(t.Context(), w.cloud()); !strings.Contains(d.Unread, "AccessDenied") {
		t.Errorf("%+v", d)
	}
}

// measures is a session whose CloudWatch has these sums.
func measures(t *testing.T, sums ...float64) *session {
	t.Helper()
	var points cbor.List
	for _, sum := range sums {
		points = append(points, cbor.Map{"Sum": cbor.Float64(sum)})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		_, _ = w.Write(cbor.Encode(cbor.Map{"Datapoints": points}))
	}))
	t.Cleanup(server.Close)
	c := newWorld(t).cloud()
	c.metrics = cloudwatch.New(c.metrics.Options(), func(o *cloudwatch.Options) { o.BaseEndpoint = &server.URL })
	return &session{cloud: c}
}

func TestSumOfAMetric(t *testing.T) {
	for _, c := range []struct {
		sums  []float64
		place string
		want  int // -1 is unknown
	}{
		{[]float64{2, 3}, "", 5},
		{nil, "", 0}, // EventBridge measures what happens
		{nil, "http://elsewhere", -1},
	} {
		r := measures(t, c.sums...)
		r.place.endpoint = c.place
		if n := r.events(t.Context(), "MatchedEvents", "r"); (n == nil) != (c.want < 0) || n != nil && *n != c.want {
			t.Errorf("%+v: %v", c, n)
		}
	}
	r := &session{cloud: newWorld(t).cloud()}
	if n := r.events(t.Context(), "MatchedEvents", "r"); n != nil {
		t.Errorf("what CloudWatch refuses to tell is unknown, not %d", *n)
	}
}

func TestKeyTrouble(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ key, says, want string }{
		{"", "", ""},
		{"alias/aws/sqs", "", "EventBridge may not use"},
		{"arn", `403 {"__type":"AccessDeniedException"}`, ""},
		{"arn", `200 {"KeyMetadata":{"KeyId":"k","KeyState":"Enabled"}}`, ""},
		{"arn", `200 {"KeyMetadata":{"KeyId":"k","KeyState":"PendingDeletion"}}`, "PendingDeletion"},
	} {
		w.has["DescribeKey"] = c.says
		if got := w.cloud().keyTrouble(t.Context(), c.key); got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s %s: %q", c.key, c.says, got)
		}
	}
}

func TestRulesOfAState(t *testing.T) {
	rule := func(state string) *tfjson.StateResource {
		return &tfjson.StateResource{
			Type: "aws_cloudwatch_event_rule", Mode: tfjson.ManagedResourceMode,
			AttributeValues: map[string]any{"name": "r-" + state, "state": state, "event_pattern": `{"source":["a",{"prefix":"b"}]}`},
		}
	}
	queue := &tfjson.StateResource{
		Type: "aws_sqs_queue", Mode: tfjson.ManagedResourceMode, AttributeValues: map[string]any{"name": "q", "kms_master_key_id": "k"},
	}
	plan := &tfjson.Plan{PriorState: &tfjson.State{Values: &tfjson.StateValues{RootModule: &tfjson.StateModule{
		Resources:    []*tfjson.StateResource{rule("ENABLED")},
		ChildModules: []*tfjson.StateModule{{Resources: []*tfjson.StateResource{rule("DISABLED"), queue}}},
	}}}}
	got := rules(plan)
	if len(got) != 2 || got[0].Enabled || !got[1].Enabled || len(got[0].Sources) != 1 || got[0].Sources[0] != "a" {
		t.Errorf("%+v", got)
	}
	if keyOf(plan, "q") != "k" || keyOf(plan, "other") != "" || len(rules(&tfjson.Plan{})) != 0 {
		t.Error("the key of the queue is not found")
	}
}

func TestSourcesOfARule(t *testing.T) {
	for pattern, want := range map[string]string{
		`{"source":["aws.ec2","aws.s3"]}`:           "aws.ec2 aws.s3 true",
		`{"source":["aws.ec2",{"prefix":"shop."}]}`: "aws.ec2 false",
		`{"account":["1"]}`:                         " false",
		``:                                          " false",
	} {
		sources, whole := Rule{Pattern: pattern}.Sources()
		if got := strings.Join(sources, " ") + map[bool]string{true: " true", false: " false"}[whole]; got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
	if sources, whole := (Rule{Schedule: "rate(1 minute)"}).Sources(); !whole || sources[0] != "aws.events" {
		t.Errorf("%v %v", sources, whole)
	}
}
