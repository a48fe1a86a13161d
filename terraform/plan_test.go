package terraform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
)

const (
	ownKey = "arn:aws:kms:us-west-2:123456789012:key/1-2-3"
	queue  = "arn:aws:sqs:us-west-2:123456789012:events.fifo"
)

// long is a pattern that only a raised quota lets through.
var long = `{"source":["` + strings.Repeat("x", 2100) + `"]}`

// everything is a stack in which nothing is as it is by default.
var everything = map[string]any{
	"name": "all", "queue_name": "events", "fifo": true, "rule_state": "DISABLED",
	"patterns":       []string{`{"source":["aws.ec2"]}`},
	"named_patterns": map[string]string{"health": `{"source":["aws.health"]}`, "long": long},
	"pattern_limit":  4096, "rule_names": map[string]string{"health": "own-health"}, "archive_retention": 30,
	"schedule":              "rate(7 minutes)",
	"visibility_timeout":    61,
	"retention":             3600,
	"max_receive_count":     7,
	"max_message_size":      131072,
	"kms_key":               ownKey,
	"bucket":                "watched",
	"prefixes":              []string{"in/"},
	"object_events":         "both",
	"grantees":              []string{"210987654321"},
	"alarms":                true,
	"alarm_endpoints":       []string{"ops@receiver.example"},
	"alarm_max_age":         120,
	"alarm_stalled_minutes": 3,
	"force_destroy":         true, "tags": map[string]string{"team": "ops"},
}

// planned are values of resources of that stack: each comes from a variable of the root, or is what the stack stands
// on.
var planned = map[string]map[string]any{
	"module.queue[0].aws_sqs_queue.this": {
		"name":                        "events.fifo",
		"visibility_timeout_seconds":  61,
		"message_retention_seconds":   3600,
		"max_message_size":            131072,
		"kms_master_key_id":           ownKey,
		"fifo_queue":                  true,
		"content_based_deduplication": true,
		"receive_wait_time_seconds":   20,
		"policy": []string{
			"rule/all.*",
			"rule/own-health",
			`"aws:SecureTransport":"false"`,
			`"aws:SourceAccount":"123456789012"`,
		},
	},
	"module.queue[0].aws_sqs_queue.dead_letter": {
		"name": "events-dead-letters.fifo", "message_retention_seconds": 1209600, "max_message_size": 131072,
		"kms_master_key_id": ownKey, "redrive_allow_policy": []string{queue, "byQueue"},
	},
	"module.rule.aws_sqs_queue.dead_letter": {
		"name": "events-undelivered", "message_retention_seconds": 1209600, "max_message_size": 131072,
		"sqs_managed_sse_enabled": true, "policy": []string{"rule/all.*", "rule/own-health"},
	},
	`module.rule.aws_cloudwatch_event_rule.this["health"]`: {
		"name":           "own-health",
		"event_bus_name": "default",
		"event_pattern":  `{"source":["aws.health"]}`,
		"state":          "DISABLED",
	},
	`module.rule.aws_cloudwatch_event_rule.this["long"]`:         {"event_pattern": long},
	`module.rule.aws_cloudwatch_event_rule.this["861f57528fc7"]`: {"name": "all.861f57528fc7", "state": "DISABLED"},
	`module.rule.aws_cloudwatch_event_rule.this["schedule"]`: {
		"name":                "all.schedule",
		"schedule_expression": "rate(7 minutes)",
	},
	`module.rule.aws_cloudwatch_event_rule.this["objects"]`: {
		"event_pattern": []string{`"watched"`, `"in/"`, "Object Created"},
	},
	`module.rule.aws_cloudwatch_event_rule.this["object-calls"]`: {
		"event_pattern": []string{`"watched"`, `"in/"`, "CloudTrail"},
	},
	`module.rule.aws_cloudwatch_event_archive.this["health"]`: {
		"name": "all.health", "event_pattern": `{"source":["aws.health"]}`, "retention_days": 30,
		"event_source_arn": "arn:aws:events:us-west-2:123456789012:event-bus/default",
	},
	`module.rule.aws_cloudwatch_event_target.queue["health"]`: {
		"target_id": "queue", "sqs_target": []string{"aws.health"}, "retry_policy": []string{"86400", "185"},
	},
	"module.bucket[0].aws_s3_bucket.this[0]":              {"bucket": "watched", "force_destroy": true},
	"module.bucket[0].aws_s3_bucket_notification.this[0]": {"eventbridge": true},
	"module.bucket[0].aws_s3_bucket_versioning.this[0]":   {"versioning_configuration": []string{"Enabled"}},
	"module.bucket[0].aws_s3_bucket_policy.this[0]": {
		"policy": []string{"210987654321", "watched/in/*", "aws:SecureTransport"},
	},
	"module.trail[0].aws_cloudtrail.this": {
		"name":                    "all-trail",
		"advanced_event_selector": []string{"watched/in/"},
	},
	"module.trail[0].module.log_bucket.aws_s3_bucket.this[0]": {
		"bucket": "all-trail-123456789012-us-west-2", "force_destroy": true,
	},
	"module.trail[0].module.log_bucket.aws_s3_bucket_policy.this[0]": {
		"policy": []string{"TrailAsks", "TrailWrites", "aws:SecureTransport"},
	},
	"module.trail[0].module.log_bucket.aws_s3_bucket_lifecycle_configuration.this[0]": {"rule": []string{"365"}},
	"module.alarms[0].aws_cloudwatch_metric_alarm.age": {
		"alarm_name":         "all-age",
		"threshold":          120,
		"dimensions":         []string{"events.fifo"},
		"treat_missing_data": "notBreaching",
	},
	"module.alarms[0].aws_cloudwatch_metric_alarm.stalled": {
		"evaluation_periods": 3, "datapoints_to_alarm": 3, "metric_query": []string{"events.fifo"},
	},
	`module.alarms[0].aws_cloudwatch_metric_alarm.dead_letters["dead-letters"]`: {
		"dimensions": []string{"events-dead-letters.fifo"},
	},
	`module.alarms[0].aws_cloudwatch_metric_alarm.dead_letters["undelivered"]`: {
		"dimensions": []string{"events-undelivered"},
	},
	`module.alarms[0].aws_sns_topic_subscription.this["ops@receiver.example"]`: {"protocol": "email"},
}

// TestRootPassesEverythingOn plans a stack in which nothing is as by default.
func TestRootPassesEverythingOn(t *testing.T) {
	t.Parallel()
	r := newRoot(t, localaws.Test(t))
	r.variables(everything)
	r.run("plan", "-input=false", "-out=plan")
	var plan struct {
		Values struct {
			Root tree `json:"root_module"`
		} `json:"planned_values"`
	}
	shown := json.NewDecoder(strings.NewReader(r.run("show", "-json", "plan")))
	shown.UseNumber() // else large numbers are not written as they were
	if err := shown.Decode(&plan); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	plan.Values.Root.collect(found)
	for address, values := range found {
		const want = "map[dispatch-events-aws:stack:all team:ops]"
		if tags, has := values["tags"].(map[string]any); has && fmt.Sprint(tags) != want {
			t.Errorf("%s: tags %v", address, tags)
		}
	}
	for address, values := range planned {
		for name, want := range values {
			holds(t, address+"."+name, found[address][name], want)
		}
	}
}

// tree are a module's planned resources, and those of the modules in it.
type tree struct {
	Resources []struct {
		Address string
		Values  map[string]any
	}
	Modules []tree `json:"child_modules"`
}

func (m tree) collect(into map[string]map[string]any) {
	for _, r := range m.Resources {
		into[r.Address] = r.Values
	}
	for _, child := range m.Modules {
		child.collect(into)
	}
}

// holds compares a value; a list of texts is to be found in it.
func holds(t *testing.T, name string, got, want any) {
	t.Helper()
	parts, isList := want.([]string)
	if !isList {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, should be %v", name, got, want)
		}
		return
	}
	text := fmt.Sprint(got)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s is %s, without %s", name, text, part)
		}
	}
}
