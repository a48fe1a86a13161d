package stack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
)

// variables are the options as the root module takes them. What is not given is left out: the modules know the
// defaults.
func (o Options) variables(name, suffix string, adopt bool, state string) map[string]any {
	v := map[string]any{
		"name": name, "region": o.Region,
		"queue_name": strings.TrimSuffix(o.queue(name, suffix), ".fifo"), "fifo": o.FIFO,
	}
	set := func(variable string, given bool, value any) {
		if given {
			v[variable] = value
		}
	}
	set("patterns", len(o.Patterns) > 0, o.Patterns)
	set("named_patterns", len(o.NamedPatterns) > 0, o.NamedPatterns)
	set("pattern_limit", o.PatternLimit != 0 && o.PatternLimit != pattern.DefaultLimit, o.PatternLimit)
	set("rule_state", o.AllManagementEvents, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
	set("schedule", o.Schedule != "", o.Schedule)
	set("bucket", o.Bucket != "", o.Bucket)
	set("adopt_bucket", adopt, true)
	set("adopt_notifications", adopt && o.KeepNotices, false)
	set("prefixes", o.Bucket != "" && len(o.Prefixes) > 0, wholeBucket(o.Prefixes))
	set("object_events", o.Bucket != "" && o.ObjectEvents != "", o.ObjectEvents)
	set("grantees", len(o.Grantees) > 0, o.Grantees)
	v["tags"] = o.stateTag(state)
	set("kms_key", o.KMSKey != "", o.KMSKey)
	set("max_receive_count", o.MaxReceiveCount > 0, o.MaxReceiveCount)
	set("visibility_timeout", o.Visibility >= 0, o.Visibility)
	set("retention", o.Retention > 0, o.Retention)
	set("alarms", o.Alarms, true)
	set("alarm_endpoints", len(o.AlarmEndpoints) > 0, o.AlarmEndpoints)
	set("force_destroy", o.DeleteObjects, true)
	return v
}

// stateTag adds to the tags where the state is, so that whoever meets the stack without it knows where to look.
func (o Options) stateTag(state string) map[string]string {
	tags := map[string]string{StateTag: tagValue(state)}
	maps.Copy(tags, o.Tags)
	return tags
}

// wholeBucket turns "/", the whole bucket, into the empty prefix that S3 has for it.
func wholeBucket(prefixes []string) []string {
	var out []string
	for _, p := range prefixes {
		if p == "/" {
			p = ""
		}
		out = append(out, p)
	}
	return out
}

const suffixLength = 6

// suffix is the same for as long as the stack lives: the state has it in the queue's name, whichever machine reads it.
// The journal has it for as long as there is no queue.
func (r *session) suffix(ctx context.Context, o Options) (string, error) {
	if o.QueueSuffix != RandomSuffix {
		return o.QueueSuffix, nil
	}
	text, err := r.cloud.readState(ctx, r.state)
	if err != nil {
		return "", fmt.Errorf("read the queue's name in the state %s: %w", r.state, err)
	}
	if suffix := recordedSuffix(text, o.queue(r.Name, "")); suffix != "" {
		return suffix, nil
	}
	if r.journal.QueueSuffix == "" {
		r.journal.QueueSuffix = newSuffix()
		return r.journal.QueueSuffix, r.journal.save()
	}
	return r.journal.QueueSuffix, nil
}

// recordedSuffix is what follows base in the name of a queue of the state, where it has the form of a made-up suffix.
func recordedSuffix(state []byte, base string) string {
	var recorded struct {
		Resources []struct {
			Type      string `json:"type"`
			Instances []struct {
				Attributes struct {
					Name string `json:"name"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	_ = json.Unmarshal(state, &recorded) // there is none yet
	form := regexp.MustCompile("^" + regexp.QuoteMeta(strings.TrimSuffix(base, ".fifo")) + `-([a-z2-7]{6})(\.fifo)?$`)
	for _, resource := range recorded.Resources {
		for _, instance := range resource.Instances {
			if found := form.FindStringSubmatch(instance.Attributes.Name); found != nil && resource.Type == "aws_sqs_queue" {
				return found[1]
			}
		}
	}
	return ""
}

// newSuffix is short enough for a name and different enough from the last one.
func newSuffix() string { return strings.ToLower(rand.Text()[:suffixLength]) }
