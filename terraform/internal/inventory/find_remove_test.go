package inventory

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tagged has AWS's answers about tags, in the form of each service.
var tagged = map[string]string{
	"GetQueueUrl":         `200 {"QueueUrl":"http://q"}`,
	"ListQueueTags":       `200 {"Tags":{"` + StackTag + `":"mine"}}`,
	"DescribeRule":        `200 {"Arn":"arn:rule"}`,
	"ListTagsForResource": `200 {"Tags":[{"Key":"` + StackTag + `","Value":"mine"}]}`,
	"ListTargetsByRule":   `200 {"Targets":[{"Id":"queue","Arn":"a"}]}`,
	"HEAD /pics":          `200`,
	"GET /pics": `200 <Tagging><TagSet><Tag><Key>` + StackTag +
		`</Key><Value>mine</Value></Tag></TagSet></Tagging>`,
	"DescribeTrails":         `200 {"trailList":[{"TrailARN":"arn:trail"}]}`,
	"ListTags":               `200 {"ResourceTagList":[{"TagsList":[{"Key":"` + StackTag + `","Value":"mine"}]}]}`,
	"ListKeys":               `200 {"Keys":[{"KeyId":"k"}]}`,
	"DescribeKey":            `200 {"KeyMetadata":{"KeyId":"k","Description":"d","KeyState":"Enabled"}}`,
	"DescribeAlarms":         `200 {"MetricAlarms":[{"AlarmArn":"arn:alarm"}]}`,
	"sns.GetTopicAttributes": `200 <GetTopicAttributesResponse><GetTopicAttributesResult/></GetTopicAttributesResponse>`,
	"sns.ListTagsForResource": `200 <ListTagsForResourceResponse><ListTagsForResourceResult><Tags><member><Key>` +
		StackTag +
		`</Key><Value>mine</Value></member></Tags></ListTagsForResourceResult></ListTagsForResourceResponse>`,
	"ListResourceTags": `200 {"Tags":[{"TagKey":"` + StackTag + `","TagValue":"mine"}]}`,
}

type resource struct {
	resourceType string
	values       map[string]any
	id           string
}

var everything = []resource{
	{"aws_sqs_queue", map[string]any{"name": "q"}, "http://q"},
	{"aws_cloudwatch_event_rule", map[string]any{"name": "r"}, "default/r"},
	{"aws_s3_bucket", map[string]any{"bucket": "pics"}, "pics"},
	{"aws_cloudtrail", map[string]any{"name": "t"}, "arn:trail"},
	{"aws_cloudwatch_metric_alarm", map[string]any{"alarm_name": "a"}, "a"},
	{"aws_sns_topic", map[string]any{"name": "t"}, "arn:aws:sns:us-west-2:123456789012:t"},
	{"aws_kms_key", map[string]any{"description": "d"}, "k"},
}

func TestFindWhatIsThere(t *testing.T) {
	w := newWorld(t)
	w.has = tagged
	for _, c := range everything {
		got, err := w.client().Find(t.Context(), c.resourceType, c.values)
		if err != nil || got == nil || got.ID != c.id || got.Tags[StackTag] != "mine" || got.Foreign {
			t.Errorf("%s: %+v, %v", c.resourceType, got, err)
		}
	}
}

// TestRulesOfAnotherBus checks that ids contain the name of the bus, which itself has slashes if it is a partner's.
func TestRulesOfAnotherBus(t *testing.T) {
	const bus = "aws.partner/example.com/shop"
	w := newWorld(t)
	w.has = map[string]string{"RemoveTargets": "200 {}", "DeleteRule": "200 {}"}
	for _, operation := range []string{"DescribeRule", "ListTagsForResource", "ListTargetsByRule"} {
		w.has[operation] = tagged[operation]
	}
	values := map[string]any{"name": "r", "event_bus_name": bus}
	got, err := w.client().Find(t.Context(), "aws_cloudwatch_event_rule", values)
	if err != nil || got == nil || got.ID != bus+"/r" {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := w.client().Remove(t.Context(), *got); err != nil {
		t.Error(err)
	}
	for _, call := range w.calls {
		onBus := strings.Contains(call, `"EventBusName":"`+bus+`"`) && strings.Contains(call, `":"r"`)
		if !onBus && !strings.HasPrefix(call, "ListTagsForResource") {
			t.Errorf("asked elsewhere: %s", call)
		}
	}
}

func TestFindNothing(t *testing.T) {
	w := newWorld(t)
	for _, c := range everything {
		if got, err := w.client().Find(t.Context(), c.resourceType, c.values); got != nil || err != nil {
			t.Errorf("%s: %+v, %v", c.resourceType, got, err)
		}
	}
	if got, err := w.client().Find(t.Context(), "aws_sqs_queue_policy", map[string]any{"name": "x"}); got != nil ||
		err != nil {
		t.Errorf("a part: %+v, %v", got, err)
	}
	if got, err := w.client().Find(t.Context(), "aws_sqs_queue", nil); got != nil || err != nil {
		t.Errorf("a name that is not known yet: %+v, %v", got, err)
	}
}

func TestFindNeedsAnswers(t *testing.T) {
	w := newWorld(t)
	for operation := range tagged {
		w.has[operation] = "403 {\"__type\":\"AccessDenied\",\"message\":\"no\"}"
	}
	for _, c := range everything {
		if c.resourceType == "aws_s3_bucket" {
			continue // forbidden is what S3 says of another account's bucket
		}
		_, err := w.client().Find(t.Context(), c.resourceType, c.values)
		if err == nil || !strings.HasPrefix(err.Error(), "check whether aws_") {
			t.Errorf("%s: %v", c.resourceType, err)
		}
	}
}

func TestFindBuckets(t *testing.T) {
	w := newWorld(t)
	for head, want := range map[string]Found{
		"403": {Type: "aws_s3_bucket", ID: "pics", Name: "pics", Foreign: true},
		"301": {Type: "aws_s3_bucket", ID: "pics", Name: "pics", Foreign: true},
		"200": {Type: "aws_s3_bucket", ID: "pics", Name: "pics"},
	} {
		w.has["HEAD /pics"] = head
		w.has["GET /pics"] = `404 <Error><Code>NoSuchTagSet</Code></Error>`
		got, err := w.client().Find(t.Context(), "aws_s3_bucket", map[string]any{"bucket": "pics"})
		if err != nil || got == nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v, %v", head, got, err)
		}
	}
}

func TestKeysOfOthersAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.has["ListKeys"] = tagged["ListKeys"]
	for name, answers := range map[string][2]string{
		"another description": {
			`200 {"KeyMetadata":{"KeyId":"k","Description":"other","KeyState":"Enabled"}}`,
			tagged["ListResourceTags"],
		},
		"deleted": {
			`200 {"KeyMetadata":{"KeyId":"k","Description":"d","KeyState":"PendingDeletion"}}`,
			tagged["ListResourceTags"],
		},
		"no tag":              {tagged["DescribeKey"], `200 {"Tags":[]}`},
		"not to be looked at": {`400 {"__type":"AccessDeniedException","message":"no"}`, tagged["ListResourceTags"]},
	} {
		w.has["DescribeKey"], w.has["ListResourceTags"] = answers[0], answers[1]
		if got, err := w.client().Find(t.Context(), "aws_kms_key", map[string]any{"description": "d"}); got != nil ||
			err != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestRemove(t *testing.T) {
	w := newWorld(t)
	for _, operation := range []string{
		"RemoveTargets", "DeleteRule", "DeleteTrail", "DeleteAlarms", "sns.DeleteTopic", "DeleteQueue", "DELETE /pics",
		"ScheduleKeyDeletion",
	} {
		w.has[operation] = "200 {}"
	}
	list := slices.Clone(everything)
	slices.SortFunc(list, func(a, b resource) int { return Rank(b.resourceType) - Rank(a.resourceType) })
	w.has["ListTargetsByRule"] = tagged["ListTargetsByRule"]
	for _, c := range list {
		if err := w.client().Remove(t.Context(), Found{Type: c.resourceType, ID: c.id}); err != nil {
			t.Errorf("%s: %v", c.resourceType, err)
		}
	}
	var asked []string
	for _, c := range w.calls {
		operation, _, _ := strings.Cut(c, " {")
		operation, _, _ = strings.Cut(operation, " Action=")
		asked = append(asked, strings.TrimSpace(operation))
	}
	want := []string{
		"sns.DeleteTopic", "DeleteAlarms", "ScheduleKeyDeletion", "DeleteTrail", "DELETE /pics",
		"DeleteQueue", "ListTargetsByRule", "RemoveTargets", "DeleteRule",
	}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q", asked)
	}
	if got := w.calls[7]; !strings.Contains(got, `"Rule":"r"`) || !strings.Contains(got, `"Ids":["queue"]`) ||
		!strings.Contains(got, `"EventBusName":"default"`) {
		t.Errorf("removed %s", got)
	}
}

// Somebody who may remove the rules of a tail command may not list their targets.
func TestRemoveDoesNotListKnownTargets(t *testing.T) {
	w := newWorld(t)
	w.has["RemoveTargets"], w.has["DeleteRule"] = "200 {}", "200 {}"
	if err := w.client().Remove(t.Context(), NewRule("bus", "r", "tail")); err != nil {
		t.Error(err)
	}
	if len(w.calls) != 2 || !strings.Contains(w.calls[0], `"Ids":["tail"]`) ||
		!strings.HasPrefix(w.calls[1], "DeleteRule") {
		t.Errorf("asked for %q", w.calls)
	}
}

func TestEmulator(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"AWS_ENDPOINT_URL": "http://e"}, "This is not AWS: all requests go to http://e"},
		{
			map[string]string{"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_SQS": "http://s"},
			"This is not AWS: requests to SQS go to http://s",
		},
		{map[string]string{"AWS_ENDPOINT_URL": ""}, ""},
		{map[string]string{"AWS_ENDPOINT_URL": "http://e", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, ""},
	} {
		t.Run(c.want, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			if got := Emulator(t.Context()); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}
