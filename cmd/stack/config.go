package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// Config are the stack's settings; forwarder/settings explains the tags.
type Config struct {
	_                struct{} `env:"STACK_" group:"The stack"` // WSL and others have variables of their own called NAME, TAGS and STATE
	Name             string   `envconfig:"STACK_NAME" default:"dispatch" empty:"refused" desc:"this stack; names and tags every resource; several live side by side"`
	Region           string   `envconfig:"REGION" defaultdesc:"AWS_REGION, AWS_DEFAULT_REGION, the profile's, else us-west-2" desc:"AWS region"`
	Patterns         string   `envconfig:"PATTERNS" lines:"true" file:"file" desc:"a file, or inline JSON: an event pattern, an array of them, or an object of name → pattern"`
	Schedule         string   `envconfig:"SCHEDULE" desc:"rate(5 minutes) or cron(0 12 * * ? *); may be given with patterns"`
	EventBusName     string   `envconfig:"STACK_EVENT_BUS_NAME" defaultdesc:"the default bus" desc:"the event bus of the patterns: one of your own, or a partner's (aws.partner/…); schedules and buckets are on the default bus alone"`
	PatternLimit     int      `envconfig:"STACK_PATTERN_LIMIT" default:"2048" min:"1" max:"4096" unit:"characters" desc:"longest event pattern; raise it where AWS raised the account's quota"`
	ManagementEvents string   `envconfig:"STACK_MANAGEMENT_EVENTS" default:"writes" accept:"writes|all" desc:"which API calls patterns see of those that CloudTrail records: without all, EventBridge leaves out those that only read (Describe, Get, List)"`
	QueueName        string   `envconfig:"STACK_QUEUE_NAME" defaultdesc:"NAME" desc:"name of the queue"`
	QueueSuffix      string   `envconfig:"STACK_QUEUE_SUFFIX" desc:"added to the queue's name; random makes up a new one after every down, so that up need not wait for the old name"`
	FIFO             bool     `envconfig:"STACK_FIFO" desc:"a FIFO queue, one message group per event source"`

	Bucket             string `envconfig:"BUCKET" group:"Bucket" desc:"watch this bucket; created unless it exists and ADOPT_BUCKET=true"`
	AdoptBucket        bool   `envconfig:"STACK_ADOPT_BUCKET" desc:"watch a bucket that is somebody else's, which stays when the stack goes"`
	AdoptNotifications bool   `envconfig:"STACK_ADOPT_NOTIFICATIONS" default:"true" desc:"replace an adopted bucket's notification configuration; false for one that already sends to EventBridge"`
	Prefix             string `envconfig:"STACK_PREFIX" default:"images/" desc:"the folder in it that is watched; several are separated by commas, / is the whole bucket"`
	ObjectEvents       string `envconfig:"STACK_OBJECT_EVENTS" default:"notification" accept:"notification|trail|both" desc:"notification (S3 to EventBridge: seconds, durable, free), trail (CloudTrail data events: minutes, billed, tells who called), or both"`
	Grantees           string `envconfig:"STACK_GRANTEES" desc:"principals that may read the objects under the prefix: account ids or ARNs, separated by commas"`
	DeleteObjects      bool   `envconfig:"STACK_DELETE_OBJECTS" desc:"down, and up where a bucket goes, may delete the objects in it; without it objects keep their bucket alive"`
	DropEvents         bool   `envconfig:"STACK_DROP_EVENTS" desc:"up may delete or replace queues that hold events or dead letters, and the key that they need; without it they keep them alive"`

	Tags              string `envconfig:"STACK_TAGS" group:"Details" desc:"further tags of every resource: key=value,key=value"`
	KMSKey            string `envconfig:"STACK_KMS_KEY" defaultdesc:"SQS's own key" desc:"create, or the ARN of a key that encrypts the queue"`
	MaxReceiveCount   int    `envconfig:"STACK_MAX_RECEIVE_COUNT" default:"10" min:"1" max:"1000" desc:"receives after which an event becomes a dead letter"`
	VisibilityTimeout int    `envconfig:"STACK_VISIBILITY_TIMEOUT" default:"60" min:"0" max:"43200" unit:"seconds" desc:"how long a received event stays hidden; the forwarder renews it"`
	Retention         int    `envconfig:"STACK_RETENTION" default:"1209600" min:"60" max:"1209600" unit:"seconds" desc:"how long the queue keeps an event"`

	Alarms         bool   `envconfig:"STACK_ALARMS" group:"Alarms" desc:"CloudWatch alarms (an event waits too long, dead letters, nothing is delivered), the SNS topic they publish to, and a dashboard"`
	AlarmEndpoints string `envconfig:"STACK_ALARM_ENDPOINTS" desc:"who is told of an alarm: e-mail addresses and https URLs, separated by commas; SNS asks each once to confirm"`

	CleanUp     bool          `envconfig:"STACK_CLEAN_UP" group:"The run" desc:"run: destroy on exit"`
	AdoptStack  bool          `envconfig:"STACK_ADOPT_STACK" desc:"take over a stack of this name that another state knows, where that state is lost; its further rules are destroyed"`
	State       string        `envconfig:"STACK_STATE" file:"folder" defaultdesc:"a folder per name under the user's state directory" desc:"where Terraform's state is kept: a folder, or s3://bucket/key"`
	Program     string        `envconfig:"STACK_TERRAFORM" defaultdesc:"terraform, else tofu, on the PATH" desc:"the program that makes the stack: terraform, tofu, the path of either, or install, which downloads Terraform where none is found"`
	PluginDir   string        `envconfig:"PLUGIN_DIR" file:"folder" desc:"a provider mirror, for machines without the registry; one in a usual place is found by itself"`
	AutoApprove bool          `envconfig:"STACK_AUTO_APPROVE" desc:"do not ask; needed where standard input is no terminal"`
	LockTimeout time.Duration `envconfig:"STACK_LOCK_TIMEOUT" default:"5m" min:"0s" max:"1h" desc:"how long another run on this stack is waited for"`
	JSON        bool          `envconfig:"STACK_JSON" desc:"output for programs: one object, or one a line"`

	options    stack.Options
	regionFrom string // what said where options has it
	remembers  bool   // the stack is where it was made, whatever regionFrom says
	warnings   []string
}

// Known are the settings of a verb that needs only the name; what the stack is made of is remembered.
type Known struct {
	Config
	whole bool // the settings say what the stack is made of, too
}

// Watched are those of a verb that looks at a forwarder, too.
type Watched struct {
	Known
	_    struct{} `env:"STACK_" group:"Looking"`
	From string   `envconfig:"STACK_FROM" desc:"a forwarder's address as a URL: status asks ADMIN_ADDR, such as http://127.0.0.1:9090, how its two ends are; tail shows what it delivers and what is refused, from EVENTS_ADDR, such as http://127.0.0.1:9091"`
}

// Check refuses what is no address.
func (w *Watched) Check() []string {
	problems := w.Known.Check()
	if u, err := url.Parse(w.From); w.From != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
		problems = append(problems, fmt.Sprintf("FROM: %q is not accepted: an http or https URL, such as http://127.0.0.1:9090", settings.Redact(w.From)))
	}
	return problems
}

// made are those of a verb that says what the stack is to be.
type made struct{ Config }

// both are those of a verb that also forwards.
type both struct {
	Config
	relay.Settings
}

// everything are the settings that -h lists: the command's own.
type everything struct {
	Watched
	Tail
	Letters
}

// Check completes the settings and refuses what AWS would refuse later.
func (m *made) Check() []string { return append(m.complete(), settings.CheckAWS()...) }

// Check refuses in addition what the receiver would.
func (b *both) Check() []string { return append(b.complete(), b.Settings.Check()...) }

// Check looks at the name and at where the state is. The rest is needed for a stack of another machine alone: when it
// is complete, it is what that stack was made with.
func (k *Known) Check() []string {
	k.whole = len(k.complete()) == 0
	k.remembers = k.Region == ""
	problems := settings.CheckAWS()
	if err := validate.Name(k.Name, false); err != nil {
		problems = append(problems, "NAME: "+err.Error())
	}
	return append(problems, k.checkSurroundings()...)
}

// complete fills the options and lists everything that is wrong with them.
func (c *Config) complete() []string {
	region, from := settings.Region(c.Region)
	c.regionFrom = from
	tags, wrongTags := validate.Tags(c.Tags, stack.StackTag, stack.StateTag)
	c.options = stack.Options{
		Region: region, EventBus: c.EventBusName, Schedule: c.Schedule, PatternLimit: c.PatternLimit, AllManagementEvents: c.ManagementEvents == "all",
		QueueName: c.QueueName, QueueSuffix: c.QueueSuffix, FIFO: c.FIFO,
		Bucket: c.Bucket, AdoptBucket: c.AdoptBucket, KeepNotices: !c.AdoptNotifications,
		Prefixes: validate.List(c.Prefix), ObjectEvents: c.ObjectEvents, Grantees: validate.List(c.Grantees),
		Tags: tags, KMSKey: c.KMSKey, DeleteObjects: c.DeleteObjects, DropEvents: c.DropEvents, AdoptStack: c.AdoptStack,
		Alarms: c.Alarms, AlarmEndpoints: validate.List(c.AlarmEndpoints),
		MaxReceiveCount: c.MaxReceiveCount, Visibility: c.VisibilityTimeout, Retention: c.Retention,
	}
	problems := c.readPatterns()
	if len(problems) > 0 { // PATTERNS is given: that nothing is, would be one complaint too many
		c.options.Patterns = []string{""}
	}
	problems = append(problems, c.options.Check(c.Name)...)
	for _, p := range wrongTags {
		problems = append(problems, "TAGS: "+p)
	}
	return append(problems, c.checkSurroundings()...)
}

// checkSurroundings looks at where the state is, and at the program that makes the stack.
func (c *Config) checkSurroundings() (problems []string) {
	if err := stack.CheckState(c.State); err != nil {
		problems = append(problems, "STATE: "+err.Error())
	}
	if err := stack.CheckProgram(c.Program); err != nil {
		problems = append(problems, "TERRAFORM: "+err.Error())
	}
	return problems
}
