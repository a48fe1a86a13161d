package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// program is a run of the command with its input, output and signals, which a test can replace.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	asks           bool      // stdin is a terminal, where somebody can answer
	colours        bool      // stdout is a terminal that shows them
	kill           func()    // ends the process at once
	signalled      time.Time // when the last signal arrived
}

const conventions = `You can give a setting as an argument, such as --queue-name=mine, or as an environment variable,
such as STACK_QUEUE_NAME=mine; the argument takes precedence. REGION, PATTERNS, SCHEDULE, BUCKET,
PLUGIN_DIR and TERRAFORM also work without the prefix STACK_. The output and error messages use the
names without the prefix. The AWS SDK and Terraform read AWS credentials, AWS_ENDPOINT_URL and other
AWS_* variables. If NO_COLOR is set, the output is not coloured.
Exit codes: 0 success, 1 failure, 2 usage error, 130 interrupted.`

// remembered is part of the help of commands that work on an existing stack.
const remembered = `The name of the stack is enough: the settings that describe the stack are remembered on the machine
that created it. On another machine, set STATE to the place of its state, and repeat all settings
with which it was created.`

// root is the tree of commands.
func (p *program) root() *cobra.Command {
	cobra.EnableCommandSorting = false // they are listed in the order in which they are used
	root := &cobra.Command{
		Use:   "stack",
		Short: "Manage the AWS resources of dispatch-events-aws with Terraform",
		Long: `stack creates the AWS resources that bring events into an SQS queue: EventBridge rules (for event
patterns, for a schedule, or for the objects in a bucket), the queue, its dead-letter queues, and
their policies. It uses Terraform, with modules that are part of this program. The forwarder relays
the events in the queue.

` + conventions,
		Example: `  stack up --region=us-west-2 --patterns=examples/event-patterns.json
  stack status --name=mine
  stack dead-letters redrive --reason="no such field"`,
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true, DisableAutoGenTag: true,
		Version: relay.Version,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetVersionTemplate(relay.About("stack"))
	for _, title := range []string{stackGroup, eventsGroup, forwardingGroup, programGroup} {
		root.AddGroup(&cobra.Group{ID: title, Title: title})
	}
	root.SetHelpCommandGroupID(programGroup)
	root.SetCompletionCommandGroupID(programGroup)
	root.AddCommand(
		p.upCommand(), p.planCommand(), p.downCommand(), p.statusCommand(), p.outputsCommand(),
		p.checkCommand(), p.tailCommand(), p.deadLettersCommand(), p.runCommand(), p.manifestCommand(), manCommand(),
	)
	return root
}

// The groups of commands in the help, with their titles.
const (
	stackGroup      = "The stack:"
	eventsGroup     = "Events:"
	forwardingGroup = "Forwarding:"
	programGroup    = "The command itself:"
)

// manCommand writes the manual pages, which are part of a release. Their date is SOURCE_DATE_EPOCH, or today.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", GroupID: programGroup, Short: "Write a manual page for each command into an existing folder",
		Args: cobra.ExactArgs(1), DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			header := &doc.GenManHeader{
				Section: "1", Source: "dispatch-events-aws " + relay.Version, Manual: "User Commands",
			}
			return doc.GenManTree(c.Root(), header, args[0])
		},
	}
}

// withSettings adds these settings to a command: they become its flags, and are read before it runs.
func withSettings(set *settings.Set, c *cobra.Command) *cobra.Command {
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(set.Flags)
	c.DisableFlagsInUseLine = true
	if c.Args == nil {
		c.Args = noOperands
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	c.SetUsageFunc(func(c *cobra.Command) error {
		_, err := fmt.Fprintf(c.OutOrStdout(), "Usage:\n  %s [--setting=value …]\n\n%s\n\n%s\n",
			c.UseLine(), set.Usage(), conventions)
		return err
	})
	for _, s := range set.Settings { // how a shell completes the value; there are no errors, because the flag exists
		switch {
		case s.Accept != nil:
			choices := cobra.FixedCompletions(s.Accept, cobra.ShellCompDirectiveNoFileComp)
			_ = c.RegisterFlagCompletionFunc(s.Flag, choices)
		case s.File == "folder":
			_ = c.MarkFlagDirname(s.Flag)
		case s.File == "" && !s.Bool():
			_ = c.RegisterFlagCompletionFunc(s.Flag, cobra.NoFileCompletions)
		}
	}
	c.PreRunE = func(*cobra.Command, []string) error { return set.Read() }
	return c
}

func usageError(format string, args ...any) error {
	return &settings.Error{Problems: []string{fmt.Sprintf(format, args...)}}
}

func noOperands(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return settings.Unknown(args[0])
	}
	return nil
}

// oneOf accepts exactly one argument, which is one of the words.
func oneOf(name string, words ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 && slices.Contains(words, args[0]) {
			return nil
		}
		return usageError("%s is %q: use one of %s", name, strings.Join(args, " "), strings.Join(words, ", "))
	}
}

// run runs the command that args name, and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root, begun := p.root(), false
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	root.SetArgs(append([]string{}, args...)) // if they are nil, cobra uses those of the process
	err := root.ExecuteContext(ctx)
	if err != nil && !begun && !settings.IsUsage(err) {
		err = settings.UsageError(err)
	}
	return p.finish(err, slices.Contains(args, "--json") || slices.Contains(args, "--json=true"))
}

// finish prints an error, and returns the exit code.
func (p *program) finish(err error, asJSON bool) int {
	code := exitFailed
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNoMatch):
		return exitFailed
	case settings.IsUsage(err), errors.Is(err, errUnattended):
		code = exitUsage
	case errors.Is(err, context.Canceled):
		err, code = interruption(err), exitInterrupted
	}
	p.explain(err, asJSON)
	return code
}

// explain prints an error and, on lines of their own, what was done before it and what to do about it.
func (p *program) explain(err error, asJSON bool) {
	var hinted stack.Hinted
	hint := ""
	if errors.As(err, &hinted) {
		hint = hinted.Hint()
	}
	if asJSON {
		writeJSON(p.stdout, map[string]any{"type": "error", "error": err.Error(), "hint": hint})
	}
	problems := []string{err.Error()}
	if usage := new(settings.Error); errors.As(err, &usage) {
		problems = usage.Problems
	}
	for _, problem := range problems {
		p.say("error: %s", problem)
	}
	var failed *stack.RunError
	if errors.As(err, &failed) && len(failed.Done) > 0 {
		p.say("done before that: %s", doneList(failed.Done))
	}
	if hint != "" {
		p.say("→ %s", hint)
	}
}

// doneList names the resources; it only counts their parts, because there can be dozens.
func doneList(steps []stack.Step) string {
	var list []string
	for _, s := range steps {
		if !s.Part {
			list = append(list, s.What+" "+past(s.Action))
		}
	}
	if parts := len(steps) - len(list); parts > 0 {
		list = append(list, number(parts, "part")+" of resources")
	}
	return strings.Join(list, ", ")
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
	if region := s.Remembered(); cfg.onlyName && cfg.Region == "" && region != "" {
		where = fmt.Sprintf("Region %s, in which this stack was created", region)
	}
	emulator, _ := stack.Emulator(ctx) // the run will report an error of the AWS configuration
	if emulator != "" {
		where = emulator + ". " + where
	}
	s.Report.Note(where)
	for _, warning := range cfg.warnings {
		s.Report.Note("warning: " + warning)
	}
	return s
}

// awsOf returns the AWS configuration for a region.
func awsOf(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return cfg, nil
}
