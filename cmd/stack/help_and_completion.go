package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

const conventions = `You can give a setting as an argument, or as the environment variable that is shown in brackets;
the argument takes precedence. REGION, PATTERNS, SCHEDULE, BUCKET, PLUGIN_DIR and TERRAFORM are
read with the prefix STACK_, too; the variable with the prefix takes precedence. The output and
error messages use the names without the prefix. The AWS SDK and Terraform read AWS credentials,
AWS_ENDPOINT_URL and other AWS_* variables. If NO_COLOR is set, the output is not coloured.
Exit codes: 0 success, 1 failure, 2 usage error or nobody can approve, 130 interrupted.`

// remembered is part of the help of commands that work on an existing stack.
const remembered = `
On the machine that created the stack, its name is enough: the command uses the settings of the last
'stack up' on this machine. If you give other values for settings that describe the stack, it
ignores them. Only REGION is not ignored: leave it out, or give the region of the stack.
On another machine, always give REGION and STATE, which must be in S3 or in a shared folder. The
first command there also needs all settings of the last 'stack up', and remembers them. A machine
does not notice an 'up' on another one: 'status' then shows the difference as drift.`

// ignored is the group of the settings that have no effect on a machine that remembers those of the stack.
const ignored = "Ignored, except by the first command for a stack that another machine created"

// stackCommand adds the settings in cfg to a command; FROM, TYPE, REASON, STATUS and RATE only if own names them. The
// command accepts AUTO_APPROVE, ADOPT_STACK and DROP_EVENTS in any case, but its help shows them only if own names
// them. If the command needs only the stack's name, the settings that describe the stack come last, in a group of their
// own, except those that own names: they have an effect nevertheless. For texts, see command.
func (p *program) stackCommand(cfg *Config, texts []string, c *cobra.Command, own ...string) *cobra.Command {
	foreign := slices.DeleteFunc([]string{"FROM", "TYPE", "REASON", "STATUS", "RATE"}, func(name string) bool {
		return slices.Contains(own, name)
	})
	set := settings.New(prefix, cfg, foreign...)
	if cfg.onlyName {
		c.Long = cmp.Or(c.Long, c.Short+".") + "\n" + remembered
	}
	hidden := []string{"AUTO_APPROVE", "ADOPT_STACK", "DROP_EVENTS"}
	describing := []string{"The stack", "Bucket", "Queue and tags", "Alarms"}
	own = append(own, "NAME", "REGION")
	for _, s := range set.Settings {
		if slices.Contains(own, s.Name) {
			continue
		}
		set.Flags.Lookup(s.Flag).Hidden = slices.Contains(hidden, s.Name)
		if cfg.onlyName && slices.Contains(describing, s.Group) {
			s.Group = ignored
		}
	}
	slices.SortStableFunc(set.Settings, func(a, b *settings.Setting) int {
		return strings.Count(a.Group, ignored) - strings.Count(b.Group, ignored)
	})
	return p.command(set, texts, c)
}

// root is the tree of commands.
func (p *program) root() *cobra.Command {
	cobra.EnableCommandSorting = false // they are listed in the order in which they are used
	root := &cobra.Command{
		Use:   "stack",
		Short: "Manage the AWS resources of dispatch-events-aws with Terraform",
		Long: `stack creates the AWS resources that bring events into an SQS queue: EventBridge rules (for event
patterns, for a schedule, or for the objects in a bucket), the queue, its dead-letter queues, and
their policies. It uses Terraform, with modules that are part of this program. The forwarder relays
the events in the queue. 'stack COMMAND -h' lists the settings of a command.

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
	for _, title := range []string{stackGroup, eventsGroup, programGroup} {
		root.AddGroup(&cobra.Group{ID: title, Title: title})
	}
	root.SetHelpCommandGroupID(programGroup)
	root.SetCompletionCommandGroupID(programGroup)
	root.AddCommand(
		p.upCommand(), p.planCommand(), p.downCommand(), p.statusCommand(), p.outputsCommand(),
		p.checkCommand(), p.tailCommand(), p.deadLettersCommand(), manCommand(),
	)
	return root
}

// The groups of commands in the help, with their titles.
const (
	stackGroup   = "The stack:"
	eventsGroup  = "Events:"
	programGroup = "The command itself:"
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

// command adds settings to a command: they become its flags, and are read before it runs. At a signal, it prints the
// next of the texts, and its context ends; see interruptible.
func (p *program) command(set *settings.Set, texts []string, c *cobra.Command) *cobra.Command {
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(set.Flags)
	c.DisableFlagsInUseLine = true
	if c.Args == nil {
		c.Args = func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return settings.Unknown(args[0])
			}
			return nil
		}
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	c.SetUsageFunc(func(c *cobra.Command) error {
		_, err := fmt.Fprintf(c.OutOrStdout(), "Usage:\n  %s [--setting=value …]\n\n%s\n\n%s\n",
			c.UseLine(), set.Usage(), conventions)
		return err
	})
	for _, s := range set.Settings { // how a shell completes the value; there are no errors, because the flag exists
		switch {
		case s.Choices != nil:
			choices := cobra.FixedCompletions(s.Choices, cobra.ShellCompDirectiveNoFileComp)
			_ = c.RegisterFlagCompletionFunc(s.Flag, choices)
		case s.File == "folder":
			_ = c.MarkFlagDirname(s.Flag)
		case s.File == "" && !s.Bool():
			_ = c.RegisterFlagCompletionFunc(s.Flag, cobra.NoFileCompletions)
		}
	}
	c.PreRunE = func(*cobra.Command, []string) error { return set.Read() }
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx, stop := p.interruptible(c.Context(), texts...)
		defer stop()
		c.SetContext(ctx)
		return run(c, args)
	}
	return c
}

func usageError(format string, args ...any) error {
	return &settings.Error{Problems: []string{fmt.Sprintf(format, args...)}}
}
