package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func (p *program) upCommand() *cobra.Command {
	cfg := &Config{}
	return p.stackCommand(cfg, whileChanging, &cobra.Command{
		Use: "up", GroupID: stackGroup, Short: "Create the stack, or change it to match the settings",
		Long: `up creates the stack, or changes it to match the settings. Give all settings each time: up does not
remember earlier ones, and removes what the settings no longer contain.`,
		RunE: func(c *cobra.Command, _ []string) error {
			outputs, err := p.open(c.Context(), cfg, p.stdout).Up(c.Context(), cfg.options)
			if err != nil {
				return err
			}
			result := map[string]any{"type": "result", "outputs": outputs}
			return show(p.stdout, cfg.JSON, result, nextSteps(cfg.Name, outputs))
		},
	}, "AUTO_APPROVE", "ADOPT_STACK", "DROP_EVENTS")
}

// nextSteps says what exists after up, and the commands with which Dispatch Solo on this machine then runs a function
// for each event. Their order matters: the image is pushed before the driver type is created, because Solo always pulls
// it; and the subscriptions come before the driver, because Solo accepts but drops events that have no subscription.
// For the same reason, sink-settle is longer than Solo needs, after its start, to load its subscriptions.
func nextSteps(name string, outputs stack.Outputs) string {
	var sources, partial []string
	var rows [][]string
	rules := outputs.Rules()
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[key]
		rows = append(rows, []string{"rule   " + rule.Name, rule.String()})
		named, complete := rule.Sources()
		sources = append(sources, named...)
		if !complete {
			partial = append(partial, terminal.Line(rule.Name+": "+rule.String())) // for a comment
		}
	}
	return render("up.txt", map[string]any{
		"Stack": name, "Outputs": outputs, "Rules": table(rows), "Types": eventTypes(sources),
		"Image":   "dispatch-events-aws:" + notInTag.ReplaceAllString(relay.Version, "-"),
		"Partial": partial, // rules whose event types are not all known
	})
}

// eventTypes returns the types of the events of these sources, to which Dispatch must subscribe.
func eventTypes(sources []string) (types []string) {
	for _, source := range sources {
		types = append(types, sink.DispatchType(source))
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// notInTag matches the characters of a version that become hyphens in the tag that make image gives the image.
var notInTag = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

func (p *program) planCommand() *cobra.Command {
	cfg := &Config{}
	return p.stackCommand(cfg, whileReading, &cobra.Command{
		Use: "plan", GroupID: stackGroup, Short: "Show what 'stack up' would change",
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := p.open(c.Context(), cfg, p.stdout).Plan(c.Context(), cfg.options)
			return err
		},
	}, "ADOPT_STACK", "DROP_EVENTS")
}

func (p *program) downCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return p.stackCommand(cfg, whileChanging, &cobra.Command{
		Use: "down", GroupID: stackGroup, Short: "Remove the stack",
		Long: `down removes the stack. If --delete-objects is given, or was given to the last 'stack up', it also
deletes the objects in its buckets.`,
		RunE: func(c *cobra.Command, _ []string) error {
			s := p.open(c.Context(), cfg, p.stdout)
			err := s.Down(c.Context(), cfg.options, cfg.createdWith)
			switch {
			case errors.Is(err, stack.ErrUnknown): // that there is none is not an error
				s.Report.Note(fmt.Sprintf("This machine has no record of a stack %s: nothing to remove.", cfg.Name))
				return nil
			case err == nil:
				s.Report.Note(fmt.Sprintf("Stack %s has been removed.", cfg.Name))
			}
			return err
		},
	}, "DELETE_OBJECTS", "AUTO_APPROVE")
}

func (p *program) outputsCommand() *cobra.Command {
	cfg := &Config{onlyName: true}
	return p.stackCommand(cfg, whileReading, &cobra.Command{
		Use: "outputs", GroupID: stackGroup, Short: "Print the URLs, ARNs and IAM policies of the stack",
		RunE: func(c *cobra.Command, _ []string) error {
			outputs, _, err := p.outputs(c.Context(), cfg)
			if err != nil {
				return err
			}
			return show(p.stdout, cfg.JSON, outputs, outputsText(outputs))
		},
	})
}

// outputsText has strings as they are, so that a person can copy them, and other values as JSON.
func outputsText(outputs stack.Outputs) string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		b.WriteString(name + " = ")
		if text := outputs.Text(name); text != "" {
			b.WriteString(text)
		} else {
			_ = json.Compact(&b, outputs[name])
		}
		b.WriteString("\n")
	}
	return b.String()
}
