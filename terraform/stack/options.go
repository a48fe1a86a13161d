package stack

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// Options describe the stack. Messages use the names of the settings, and the JSON uses the names of the root module's
// variables. If an option with omitempty is not set, the default of the module applies. The others are always sent, but
// not those that only this package uses ("-").
type Options struct {
	Name               string            `json:"name"` // of the stack; Stack fills it in, callers leave it empty
	Region             string            `json:"region"`
	EventBus           string            `json:"event_bus_name,omitempty"` // of the rules for the patterns
	Patterns           []string          `json:"patterns,omitempty"`       // without a name
	NamedPatterns      map[string]string `json:"named_patterns,omitempty"`
	PatternLimit       int               `json:"pattern_limit,omitempty"` // characters
	RuleState          string            `json:"rule_state,omitempty"`
	Schedule           string            `json:"schedule,omitempty"`
	QueueName          string            `json:"queue_name"` // by default the stack's name
	FIFO               bool              `json:"fifo"`
	Bucket             string            `json:"bucket,omitempty"`
	AdoptBucket        bool              `json:"adopt_bucket,omitempty"`
	AdoptNotifications bool              `json:"adopt_notifications"` // replace those of an adopted bucket
	Prefixes           []string          `json:"prefixes,omitempty"`
	ObjectEvents       string            `json:"object_events,omitempty"`
	Grantees           []string          `json:"grantees,omitempty"`
	Tags               map[string]string `json:"tags"`
	KMSKey             string            `json:"kms_key,omitempty"`
	MaxReceiveCount    int               `json:"max_receive_count,omitempty"`
	Visibility         int               `json:"visibility_timeout"`      // seconds
	Retention          int               `json:"retention,omitempty"`     // seconds
	DeleteObjects      bool              `json:"force_destroy,omitempty"` // buckets may be deleted with their objects
	DropEvents         bool              `json:"-"`                       // up may delete queues that still hold events
	AdoptStack         bool              `json:"-"`                       // take over a stack from another state
	Alarms             bool              `json:"alarms,omitempty"`
	AlarmEndpoints     []string          `json:"alarm_endpoints,omitempty"` // e-mail addresses and https URLs
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Check checks the options that must be right before Terraform is started, such as the name, which becomes the name of
// a folder, and the schedule, which AWS would refuse only half-way through an apply. It returns one text for each
// problem. The modules check the other options during the plan.
func (o Options) Check(name string) (problems []string) {
	wrong := func(setting string, err error) {
		if err != nil {
			problems = append(problems, setting+": "+err.Error())
		}
	}
	wrong("NAME", validate.Name(name))
	wrong("REGION", validate.Region(o.Region))
	if o.Schedule != "" {
		wrong("SCHEDULE", validate.Schedule(o.Schedule))
	}
	if len(o.Tags) > 48 {
		problems = append(problems, "TAGS: at most 48 tags are accepted, because AWS allows 50 and the stack adds two")
	}
	if o.QueueName == ".fifo" {
		problems = append(problems, "QUEUE_NAME: .fifo is only the end of a name")
	}
	if strings.HasSuffix(o.QueueName, ".fifo") && !o.FIFO {
		problems = append(problems, fmt.Sprintf("QUEUE_NAME: %q ends in .fifo, which needs FIFO=true", o.QueueName))
	}
	if len(o.Patterns) == 0 && len(o.NamedPatterns) == 0 && o.Schedule == "" && o.Bucket == "" {
		problems = append(problems, "nothing to relay: at least one of PATTERNS, SCHEDULE and BUCKET is needed")
	}
	wrong("PREFIX", pattern.CheckComposed(strings.Join(o.Prefixes, ",")))
	switch {
	case o.AdoptBucket && o.Bucket == "":
		problems = append(problems, "ADOPT_BUCKET=true needs BUCKET: the bucket to adopt")
	case o.AdoptBucket && !bucketName.MatchString(o.Bucket): // S3 is asked for it before the modules see it
		problems = append(problems, fmt.Sprintf("BUCKET: %q is not the name of a bucket", o.Bucket))
	}
	return problems
}

func (o Options) bus() string { return cmp.Or(o.EventBus, inventory.DefaultBus) }

// variables returns the options as variables of the root module. The tags include the location of the state, so that
// somebody who finds the resources but not the state knows where to look.
func (o Options) variables(name string, adopt bool, state string) Options {
	tags := map[string]string{StateTag: validate.TagValue(state)}
	maps.Copy(tags, o.Tags)
	o.Name, o.Tags, o.AdoptBucket = name, tags, adopt
	o.QueueName = strings.TrimSuffix(cmp.Or(o.QueueName, name), ".fifo")
	if o.Bucket == "" {
		o.Prefixes, o.ObjectEvents = nil, ""
	}
	return o
}
