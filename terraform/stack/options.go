package stack

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/tail"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// Options say what the stack is to be. Their names in messages are those of the settings; the names in JSON are those
// of the root module's variables. What is not given is left out there: the modules know the defaults.
type Options struct {
	Region              string            `json:"region"`
	EventBus            string            `json:"event_bus_name,omitempty"` // of the patterns' rules
	Patterns            []string          `json:"patterns,omitempty"`       // without a name
	NamedPatterns       map[string]string `json:"named_patterns,omitempty"`
	PatternLimit        int               `json:"pattern_limit,omitempty"` // characters
	AllManagementEvents bool              `json:"-"`                       // patterns see API calls that only read, too
	Schedule            string            `json:"schedule,omitempty"`
	QueueName           string            `json:"queue_name"` // by default the stack's name
	FIFO                bool              `json:"fifo"`
	Bucket              string            `json:"bucket,omitempty"`
	AdoptBucket         bool              `json:"adopt_bucket,omitempty"`
	KeepNotifications   bool              `json:"-"` // leave an adopted bucket's notifications alone
	Prefixes            []string          `json:"prefixes,omitempty"`
	ObjectEvents        string            `json:"object_events,omitempty"`
	Grantees            []string          `json:"grantees,omitempty"`
	Tags                map[string]string `json:"tags"`
	KMSKey              string            `json:"kms_key,omitempty"`
	MaxReceiveCount     int               `json:"max_receive_count,omitempty"`
	Visibility          int               `json:"visibility_timeout"`      // seconds
	Retention           int               `json:"retention,omitempty"`     // seconds
	DeleteObjects       bool              `json:"force_destroy,omitempty"` // objects in buckets that go may be deleted
	DropEvents          bool              `json:"-"`                       // up may lose the events in queues that go
	AdoptStack          bool              `json:"-"`                       // take over a stack that another state knows
	Alarms              bool              `json:"alarms,omitempty"`
	AlarmEndpoints      []string          `json:"alarm_endpoints,omitempty"` // e-mail addresses and https URLs
}

// Check lists what is wrong with the options that nearly every stack has, one problem an entry, before Terraform is
// started. What else AWS would refuse, the modules refuse in the plan.
func (o Options) Check(name string) []string {
	var problems []string
	wrong := func(setting string, err error) {
		if err != nil {
			problems = append(problems, setting+": "+err.Error())
		}
	}
	given := func(setting, value string, check func(string) error) {
		if value != "" {
			wrong(setting, check(value))
		}
	}
	wrong("NAME", validate.Name(name, o.Bucket != "" && o.ObjectEvents != "" && o.ObjectEvents != "notification"))
	wrong("REGION", validate.Region(o.Region))
	for _, key := range slices.Sorted(maps.Keys(o.NamedPatterns)) {
		wrong("PATTERNS", validate.RuleKey(name, key))
	}
	given("SCHEDULE", o.Schedule, validate.Schedule)
	if queue := o.queue(name); queue != name || validate.Name(name, false) == nil { // else NAME is refused already
		wrong("QUEUE_NAME", validate.QueueName(queue, o.FIFO))
	}
	given("BUCKET", o.Bucket, validate.Bucket)
	for _, prefix := range o.Prefixes {
		wrong("PREFIX", validate.Prefix(prefix))
	}
	if len(o.Patterns) == 0 && len(o.NamedPatterns) == 0 && o.Schedule == "" && o.Bucket == "" {
		problems = append(problems, "nothing to relay: at least one of PATTERNS, SCHEDULE and BUCKET is needed")
	}
	if o.AdoptBucket && o.Bucket == "" {
		problems = append(problems, "ADOPT_BUCKET=true needs BUCKET: the bucket to adopt")
	}
	return problems
}

func (o Options) queue(name string) string { return cmp.Or(o.QueueName, name) }

func (o Options) bus() string { return cmp.Or(o.EventBus, tail.DefaultBus) }

// variables are the options as the root module takes them. The state is among the tags, so that whoever meets the stack
// without it knows where to look.
func (o Options) variables(name string, adopt bool, state string) any {
	tags := map[string]string{StateTag: validate.TagValue(state)}
	maps.Copy(tags, o.Tags)
	o.QueueName, o.Tags, o.AdoptBucket = strings.TrimSuffix(o.queue(name), ".fifo"), tags, adopt
	o.Prefixes = wholeBucket(o.Prefixes)
	if o.Bucket == "" {
		o.Prefixes, o.ObjectEvents = nil, ""
	}
	v := struct {
		Name string `json:"name"`
		Options
		RuleState          string `json:"rule_state,omitempty"`
		AdoptNotifications *bool  `json:"adopt_notifications,omitempty"`
	}{Name: name, Options: o}
	if o.AllManagementEvents {
		v.RuleState = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	}
	if adopt && o.KeepNotifications {
		v.AdoptNotifications = new(bool)
	}
	return v
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
