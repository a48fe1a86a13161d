package stack

import (
	"cmp"
	"fmt"
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

// Check lists everything that is wrong with the options of a stack, one problem an entry.
func (o Options) Check(name string) []string {
	var problems []string
	wrong := func(setting string, err error) {
		if err != nil {
			problems = append(problems, setting+": "+err.Error())
		}
	}
	wrong("NAME", validate.Name(name, o.Bucket != "" && o.ObjectEvents != "" && o.ObjectEvents != "notification"))
	wrong("REGION", validate.Region(o.Region))
	for _, key := range slices.Sorted(maps.Keys(o.NamedPatterns)) {
		wrong("PATTERNS", validate.RuleKey(name, key))
	}
	if o.Schedule != "" {
		wrong("SCHEDULE", validate.Schedule(o.Schedule))
	}
	if o.EventBus != "" {
		wrong("EVENT_BUS_NAME", validate.EventBus(o.EventBus))
	}
	if queue := o.queue(name); queue != name || validate.Name(name, false) == nil { // else NAME is refused already
		wrong("QUEUE_NAME", validate.QueueName(queue, o.FIFO))
	}
	if o.Bucket != "" {
		wrong("BUCKET", validate.Bucket(o.Bucket))
	}
	for _, prefix := range o.Prefixes {
		wrong("PREFIX", validate.Prefix(prefix))
	}
	for _, principal := range o.Grantees {
		wrong("GRANTEES", validate.Grantee(principal))
	}
	for _, endpoint := range o.AlarmEndpoints {
		wrong("ALARM_ENDPOINTS", validate.Endpoint(endpoint))
	}
	if o.KMSKey != "" {
		wrong("KMS_KEY", validate.Key(o.KMSKey))
	}
	return append(problems, o.contradictions()...)
}

func (o Options) contradictions() []string {
	var problems []string
	for _, c := range []struct {
		wrong bool
		text  string
	}{
		{
			len(o.Patterns) == 0 && len(o.NamedPatterns) == 0 && o.Schedule == "" && o.Bucket == "",
			"nothing to relay: at least one of PATTERNS, SCHEDULE and BUCKET is needed",
		},
		{
			o.bus() != tail.DefaultBus && (o.Schedule != "" || o.Bucket != ""),
			"EVENT_BUS_NAME takes neither SCHEDULE nor BUCKET: schedules and AWS's own events are on the default bus alone",
		},
		{o.AdoptBucket && o.Bucket == "", "ADOPT_BUCKET=true needs BUCKET: the bucket to adopt"},
		{len(o.Grantees) > 0 && o.Bucket == "", "GRANTEES needs BUCKET: the bucket whose objects they may read"},
		{
			len(o.Grantees) > 0 && o.AdoptBucket,
			"GRANTEES and ADOPT_BUCKET=true: an adopted bucket's policy is its owner's; " +
				"give the readers the policy object_reader_policy (see outputs) instead",
		},
		{len(o.Prefixes) > 100, fmt.Sprintf("PREFIX: %d folders, at most 100 are accepted", len(o.Prefixes))},
		{len(o.AlarmEndpoints) > 0 && !o.Alarms, "ALARM_ENDPOINTS needs ALARMS=true: the alarms of which they are told"},
		{duplicates(o.AlarmEndpoints), "ALARM_ENDPOINTS: the same endpoint is given twice"},
		{duplicates(o.Prefixes), "PREFIX: the same folder is given twice"},
		{duplicates(o.Grantees), "GRANTEES: the same principal is given twice"},
	} {
		if c.wrong {
			problems = append(problems, c.text)
		}
	}
	return problems
}

func (o Options) queue(name string) string { return cmp.Or(o.QueueName, name) }

func (o Options) bus() string { return cmp.Or(o.EventBus, tail.DefaultBus) }

func duplicates(list []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(list)))) < len(list)
}

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
