package main

import (
	"bytes"
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
