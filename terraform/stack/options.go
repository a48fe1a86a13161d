package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options say what the stack is to be. Their names in messages are those of the settings.
type Options struct {
	Region              string
	Patterns            []string          // event patterns without a name
	NamedPatterns       map[string]string // and those with one
	PatternLimit        int               // characters of a pattern, as far as AWS raised the account's quota
	AllManagementEvents bool              // patterns see API calls that only read, too
	Schedule            string
	QueueName           string // by default the stack's name
	QueueSuffix         string // "random", or a suffix of one's own
	FIFO                bool
	Bucket              string
	AdoptBucket         bool
	KeepNotices         bool // leave an adopted bucket's notifications alone
	Prefixes            []string
	ObjectEvents        string
	Grantees            []string
	Tags                map[string]string
	KMSKey              string
	MaxReceiveCount     int
	Visibility          int  // seconds
	Retention           int  // seconds
	DeleteObjects       bool // let up and down delete the objects in buckets that go
	DropEvents          bool // let up lose the events and dead letters in queues that go
	AdoptStack          bool // take over a stack that another state knows
	Alarms              bool
	AlarmEndpoints      []string // who is told: e-mail addresses and https URLs
}

// RandomSuffix asks for a queue name that was never used before.
const RandomSuffix = "random"

// Check lists everything that is wrong with the options of a stack, one problem an entry.
func (o Options) Check(name string) []string {
	var problems []string
	wrong := func(setting string, err error) {
		if err != nil {
			problems = append(problems, setting+": "+err.Error())
		}
	}
	wrong("NAME", CheckName(name, o.Bucket != "" && o.ObjectEvents != "" && o.ObjectEvents != "notification"))
	wrong("REGION", CheckRegion(o.Region))
	for _, key := range slices.Sorted(maps.Keys(o.NamedPatterns)) {
		wrong("PATTERNS", CheckRuleKey(name, key))
	}
	if o.Schedule != "" {
		wrong("SCHEDULE", CheckSchedule(o.Schedule))
	}
	wrong("QUEUE_NAME", o.checkQueue(name))
	if o.Bucket != "" {
		wrong("BUCKET", CheckBucket(o.Bucket))
	}
	for _, prefix := range o.Prefixes {
		wrong("PREFIX", CheckPrefix(prefix))
	}
	for _, principal := range o.Grantees {
		wrong("GRANTEES", CheckGrantee(principal))
	}
	for _, endpoint := range o.AlarmEndpoints {
		wrong("ALARM_ENDPOINTS", CheckEndpoint(endpoint))
	}
	if o.KMSKey != "" {
		wrong("KMS_KEY", CheckKey(o.KMSKey))
	}
	return append(problems, o.contradictions()...)
}

func (o Options) checkQueue(name string) error {
	suffix := o.QueueSuffix
	if suffix == RandomSuffix {
		suffix = strings.Repeat("x", suffixLength)
	}
	if valid := CheckName(name, false) == nil; o.QueueName == "" && !valid {
		return nil // that is said of NAME
	}
	return CheckQueueName(o.queue(name, suffix), o.FIFO)
}

// queue is the queue's name with its suffix, if any.
func (o Options) queue(name, suffix string) string {
	if o.QueueName != "" {
		name = o.QueueName
	}
	base, fifo := strings.CutSuffix(name, ".fifo")
	if suffix != "" {
		base += "-" + suffix
	}
	if fifo {
		base += ".fifo"
	}
	return base
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
		{o.AdoptBucket && o.Bucket == "", "ADOPT_BUCKET=true needs BUCKET: the bucket to adopt"},
		{len(o.Grantees) > 0 && o.Bucket == "", "GRANTEES needs BUCKET: the bucket whose objects they may read"},
		{
			len(o.Grantees) > 0 && o.AdoptBucket,
			"GRANTEES and ADOPT_BUCKET=true: an adopted bucket's policy is its owner's; give the readers the policy object_reader_policy (see outputs) instead",
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

func duplicates(list []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(list)))) < len(list)
}
