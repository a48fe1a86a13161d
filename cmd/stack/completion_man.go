package main

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// forwarderCommand is the other program as a command: its settings are known here, so that its manual page and its
// completion need not be in the program that runs in a container.
func forwarderCommand() *cobra.Command {
	set := settings.New("", &relay.Settings{})
	var secrets []string
	for _, s := range set.Settings {
		if s.Secret {
			secrets = append(secrets, s.Variable)
		}
	}
	c := withSettings(set, &cobra.Command{
		Use: "forwarder", Hidden: true,
		Short: "relay AWS events from an SQS queue as CloudEvents, without losing one",
		Long: `forwarder receives AWS events from an SQS queue and posts them as CloudEvents to Dispatch or to any
other receiver, until it is stopped. At least once: a message is deleted only when the receiver has
taken the event, or when it stands in the dead-letter queue with the reason.

A setting is an argument, such as --queue-name=mine, or a variable, QUEUE_NAME=mine; the argument
wins. Secrets are read from variables only: ` + strings.Join(secrets, ", ") + `. AWS_* variables are
read by the AWS SDK. SIGTERM and SIGINT end it in order within SHUTDOWN_TIMEOUT.

Exit codes: 0 stopped in order, 1 it could not start or is not healthy, 2 used wrongly.`,
		RunE: func(*cobra.Command, []string) error { return usageError("forwarder is a program of its own") },
	})
	c.Flags().Bool("health", false, "check that the running forwarder answers at ADMIN_ADDR, and exit with 0 or 1")
	c.Flags().Bool("version", false, "print the version and what it was built from")
	return c
}

// Completion of the forwarder goes through stack, which knows its settings.
//
//go:embed completion
var forwarderCompletion embed.FS

func (p *program) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return withSettings(settings.New(prefix, &struct{}{}), &cobra.Command{
		GroupID: groupProgram, Use: "completion SHELL",
		Short: "print a script that completes commands in bash, zsh, fish or powershell",
		Long: `completion prints a script that completes commands, settings and their values in a shell:
  bash        source <(stack completion bash), with the package bash-completion
  zsh         source <(stack completion zsh), or a file _stack in a folder of $fpath
  fish        stack completion fish | source
  powershell  stack completion powershell | Out-String | Invoke-Expression
The scripts for bash, zsh and fish complete the forwarder, too, where stack is on the PATH.`,
		Args: oneOf("SHELL", shells...), ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error { return writeCompletion(c.Root(), args[0], p.stdout) },
	})
}

func writeCompletion(root *cobra.Command, shell string, out io.Writer) error {
	var err error
	switch shell {
	case "bash":
		err = root.GenBashCompletionV2(out, true)
	case "zsh":
		err = root.GenZshCompletion(out)
	case "fish":
		err = root.GenFishCompletion(out, true)
	case "powershell":
		err = root.GenPowerShellCompletionWithDesc(out)
	}
	if err != nil {
		return fmt.Errorf("write completion: %w", err)
	}
	forwarder, _ := forwarderCompletion.ReadFile("completion/forwarder." + shell) // powershell has none
	_, err = out.Write(forwarder)
	return err
}

func (p *program) manCommand() *cobra.Command {
	return withSettings(settings.New(prefix, &struct{}{}), &cobra.Command{
		GroupID: groupProgram, Use: "man [PROGRAM]",
		Short: "print a manual page: stack man | man -l -",
		Long: `man prints the manual page of PROGRAM: stack, which is the default, forwarder, or one of the
commands, such as up.`,
		Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return pages(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			page := append(args, "stack")[0]
			if err := oneOf("PROGRAM", pages(c.Root())...)(c, []string{page}); err != nil {
				return err
			}
			version, day := relay.Released()
			return writeManual(c.Root(), page, version, day, p.stdout)
		},
	})
}

// pages are the programs and commands that have a manual page.
func pages(root *cobra.Command) []string {
	return append([]string{"stack", "forwarder"}, commandNames(root)...)
}

func writeManual(root *cobra.Command, page, version, day string, out io.Writer) error {
	of, _, err := root.Find([]string{page}) // root, where the page is its own
	if err != nil {
		return err
	}
	if page == "forwarder" {
		of = forwarderCommand() // which is no command of stack to whoever reads its page
	}
	header := &doc.GenManHeader{Section: "1", Source: "dispatch-events-aws " + version, Manual: "User Commands"}
	if date, err := time.Parse(time.DateOnly, day); err == nil {
		header.Date = &date
	}
	of.Long = strings.NewReplacer("_", `\_`, "*", `\*`).Replace(of.Long) // which is read as Markdown
	var text bytes.Buffer
	if err := doc.GenMan(of, header, &text); err != nil {
		return fmt.Errorf("write manual page: %w", err)
	}
	_, err = io.WriteString(out, inASCII(text.String()))
	return err
}

// inASCII is a manual page that each version of man reads.
func inASCII(page string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(page, "…", "...") {
		if r > unicode.MaxASCII {
			_, _ = fmt.Fprintf(&b, `\[u%04X]`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
