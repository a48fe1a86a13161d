package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/pattern"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
	"github.com/dispatchframework/dispatch-events-aws/terraform/validate"
)

// prefix is the prefix of the settings' environment variables, because other programs use variables called NAME, TAGS
// and STATE.
const prefix = "STACK"

// Config holds the settings of all commands that work on a stack; forwarder/settings explains the tags.
type Config struct {
	Described
	Name             string `split_words:"true" group:"The stack" default:"dispatch" empty:"refused"`
	Region           string `envconfig:"REGION"`
	Patterns         string `envconfig:"PATTERNS" lines:"true" file:"file"`
	Schedule         string `envconfig:"SCHEDULE"`
	EventBusName     string `split_words:"true" defaultdesc:"the default bus"`
	PatternLimit     int    `split_words:"true" default:"2048" min:"1" max:"4096" unit:"characters"`
	ManagementEvents string `split_words:"true" default:"writes" accept:"writes|all"`
	QueueName        string `split_words:"true" defaultdesc:"the value of NAME"`
	FIFO             bool   `split_words:"true"`

	Bucket             string `envconfig:"BUCKET" group:"Bucket"`
	AdoptBucket        bool   `split_words:"true"`
	AdoptNotifications bool   `split_words:"true" default:"true"`
	Prefix             string `split_words:"true" default:"images/"`
	ObjectEvents       string `split_words:"true" default:"notification" accept:"notification|trail|both"`
	Grantees           string `split_words:"true"`
	DeleteObjects      bool   `split_words:"true"`
	DropEvents         bool   `split_words:"true"`

	Tags              string `split_words:"true" group:"Queue and tags"`
	KMSKey            string `split_words:"true" defaultdesc:"SQS's own key"`
	MaxReceiveCount   int    `split_words:"true" default:"10" min:"1" max:"1000"`
	VisibilityTimeout int    `split_words:"true" default:"60" min:"0" max:"43200" unit:"seconds"`
	Retention         int    `split_words:"true" default:"1209600" min:"60" max:"1209600" unit:"seconds"`

	Alarms         bool   `split_words:"true" group:"Alarms"`
	AlarmEndpoints string `split_words:"true"`

	AdoptStack  bool          `split_words:"true" group:"State and execution"`
	State       string        `split_words:"true" file:"folder" defaultdesc:"the stack's own folder"`
	Terraform   string        `envconfig:"TERRAFORM" file:"file"`
	PluginDir   string        `envconfig:"PLUGIN_DIR" file:"folder"`
	AutoApprove bool          `split_words:"true"`
	LockTimeout time.Duration `split_words:"true" default:"5m" min:"0s" max:"1h"`
	JSON        bool          `split_words:"true"`

	// These are for single commands.
	From   string `split_words:"true" group:"Forwarder"`
	Type   string `split_words:"true" group:"Events" defaultdesc:"all"`
	Reason string `split_words:"true" group:"Dead letters"`
	Status int    `split_words:"true" defaultdesc:"any" min:"0" max:"599"`
	Rate   int    `split_words:"true" default:"10" min:"1" max:"1000" unit:"events a second"`

	options     stack.Options
	regionFrom  string         // where the region in options comes from
	onlyName    bool           // the command needs only the name; the other settings are remembered
	createdWith *stack.Options // the options if they are valid, for a stack of another machine
	warnings    []string
}

//go:embed settings_help.yaml
var descriptionFile []byte // the descriptions that are too long for a tag

// Described makes a settings struct take its descriptions from settings_help.yaml.
type Described struct{}

// Describe implements settings.Describer.
func (Described) Describe() map[string]string { return descriptions() }

// descriptions are read once: each command has settings of its own.
var descriptions = sync.OnceValue(func() map[string]string { return settings.Descriptions(descriptionFile) })

// Check completes the settings and refuses what AWS would refuse later. For a command that needs only the stack's name
// it checks only NAME, STATE, FROM and the AWS_* variables: the rest is used only if the stack was created on another
// machine.
func (c *Config) Check() []string {
	problems := c.complete()
	if len(problems) == 0 {
		c.createdWith = &c.options
	}
	if c.onlyName {
		problems = slices.DeleteFunc(problems, func(p string) bool { return !strings.HasPrefix(p, "NAME: ") })
	}
	if err := stack.CheckState(c.State); err != nil {
		problems = append(problems, "STATE: "+err.Error())
	}
	if c.From != "" && settings.WebURL(c.From) == nil {
		problems = append(problems, fmt.Sprintf("FROM: %q is not accepted: give an http or https URL, such as "+
			"http://127.0.0.1:9090 (for tail, http://127.0.0.1:9091)", settings.Redact(c.From)))
	}
	return append(problems, settings.CheckAWS()...)
}

// complete fills the options and returns everything that is wrong with them.
func (c *Config) complete() []string {
	tags, wrongTags := validate.Tags(c.Tags, stack.StackTag, stack.StateTag)
	c.options = stack.Options{
		EventBus: c.EventBusName, Schedule: c.Schedule, NamedPatterns: map[string]string{},
		PatternLimit: c.PatternLimit,
		QueueName:    c.QueueName, FIFO: c.FIFO,
		Bucket: c.Bucket, AdoptBucket: c.AdoptBucket, AdoptNotifications: c.AdoptNotifications,
		Prefixes: validate.List(c.Prefix), ObjectEvents: c.ObjectEvents, Grantees: validate.List(c.Grantees),
		Tags: tags, KMSKey: c.KMSKey, DeleteObjects: c.DeleteObjects, DropEvents: c.DropEvents, AdoptStack: c.AdoptStack,
		Alarms: c.Alarms, AlarmEndpoints: validate.List(c.AlarmEndpoints),
		MaxReceiveCount: c.MaxReceiveCount, Visibility: c.VisibilityTimeout, Retention: c.Retention,
	}
	c.options.Region, c.regionFrom = settings.Region(c.Region)
	if c.ManagementEvents == "all" {
		c.options.RuleState = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	}
	for i, prefix := range c.options.Prefixes {
		if prefix == "/" { // the whole bucket
			c.options.Prefixes[i] = ""
		}
	}
	problems := c.readPatterns()
	if len(problems) > 0 { // so that Check does not also report that PATTERNS is not set
		c.options.Patterns = []string{""}
	}
	problems = append(problems, c.options.Check(c.Name)...)
	for _, p := range wrongTags {
		problems = append(problems, "TAGS: "+p)
	}
	return problems
}

// readPatterns reads PATTERNS into the options.
func (c *Config) readPatterns() []string {
	if c.Patterns == "" {
		return nil
	}
	set, problems := patternsIn(c.Patterns, c.PatternLimit)
	for _, p := range set {
		c.warnings = append(c.warnings, p.Warnings...)
		for _, reason := range validate.ReasonsForNoMatch(p, c.options.Region, c.ManagementEvents == "all") {
			c.warnings = append(c.warnings, fmt.Sprintf("the pattern on %s: %s", p.Place, reason))
		}
		if p.Name == "" {
			c.options.Patterns = append(c.options.Patterns, p.Text)
			continue
		}
		c.options.NamedPatterns[p.Name] = p.Text
	}
	return problems
}

// patternsIn reads the patterns of a setting, which is the name of a file or the text itself. It returns one problem
// for each mistake, with its place and a caret under it.
func patternsIn(setting string, limit int) ([]*pattern.Pattern, []string) {
	file, text := "PATTERNS", []byte(setting)
	inline := strings.TrimSpace(setting)
	if !strings.HasPrefix(inline, "[") && !strings.HasPrefix(inline, "{") {
		var err error
		if text, err = os.ReadFile(setting); err != nil {
			return nil, []string{"PATTERNS: " + err.Error() + ": a file, or inline JSON that begins with [ or {, is accepted"}
		}
		file = setting
	}
	set, mistakes := pattern.ParseSet(file, text, limit)
	var problems []string
	for _, m := range mistakes {
		problems = append(problems, m.Error()+"\n"+m.Caret())
	}
	return set, problems
}

// open returns the stack that the settings name. The first line of output says in which region it is, and whether an
// emulator is used instead of AWS. Commands whose output is read by programs print their notes to stderr.
func (p *program) open(ctx context.Context, cfg *Config, notes io.Writer) *stack.Stack {
	s := &stack.Stack{
		Name: cfg.Name, Region: cfg.Region, Modules: terraform.Files, State: cfg.State,
		Program: cfg.Terraform, PluginDir: cfg.PluginDir,
		LockTimeout: cfg.LockTimeout, Approve: p.approver(cfg.AutoApprove),
		Report: progress{out: notes, json: cfg.JSON && notes == p.stdout, colours: p.colours},
	}
	where := fmt.Sprintf("Region %s, from %s", cfg.options.Region, cfg.regionFrom)
	if region := s.RecordedRegion(); cfg.onlyName && cfg.Region == "" && region != "" {
		where = fmt.Sprintf("Region %s, in which this stack was created", region)
	}
	if emulator := stack.Emulator(ctx); emulator != "" {
		where = emulator + ". " + where
	}
	s.Report.Note(where)
	for _, warning := range cfg.warnings {
		s.Report.Note("warning: " + warning)
	}
	return s
}

// outputs returns the outputs of a stack that exists, and the AWS configuration for its region.
func (p *program) outputs(ctx context.Context, cfg *Config) (outputs stack.Outputs, there aws.Config, err error) {
	if outputs, err = p.open(ctx, cfg, p.stderr).Outputs(ctx, cfg.createdWith); err == nil {
		there, err = config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Text("region")))
	}
	return outputs, there, err
}
