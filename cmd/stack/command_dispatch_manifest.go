package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// manifest holds the settings of dispatch-manifest.
type manifest struct {
	Config
	Dispatch
}

// Dispatch holds the settings of the objects to create in Dispatch: the driver type, the driver and the subscriptions.
type Dispatch struct {
	Described
	Function   string `split_words:"true" group:"Dispatch" default:"my-function"`
	Image      string `split_words:"true" defaultdesc:"localhost:5000/dispatch-events-aws:VERSION"`
	DriverType string `split_words:"true" default:"aws" desc:"name of the driver type, at most 32 characters"`
	DriverName string `split_words:"true" defaultdesc:"the value of NAME" desc:"name of the driver"`
	Secret     string `split_words:"true" default:"aws" desc:"the secret with the AWS keys"`
	Format     string `split_words:"true" accept:"dispatch|dispatch-sidecar|dispatch-draft" defaultdesc:"not set"`
}

// Check refuses the names that Dispatch's API would refuse.
func (d *Dispatch) Check() (problems []string) {
	for _, name := range []struct{ setting, value, form, accepted string }{
		{"DRIVER_NAME", d.DriverName, `^([a-z0-9][a-z0-9-]*)?$`, "a–z, 0–9 and hyphens"},
		{"DRIVER_TYPE", d.DriverType, `^\w[\w-]{0,31}$`, "at most 32 letters, digits, _ and hyphens"},
		{"FUNCTION", d.Function, `^\w[\w-]*$`, "letters, digits, _ and hyphens"},
		{"SECRET", d.Secret, `^\w[\w-]*$`, "letters, digits, _ and hyphens"},
	} {
		if !regexp.MustCompile(name.form).MatchString(name.value) {
			text := fmt.Sprintf("%s: %q is not accepted: use %s", name.setting, name.value, name.accepted)
			problems = append(problems, text)
		}
	}
	return problems
}

func (p *program) manifestCommand() *cobra.Command {
	m := &manifest{}
	parts := []string{"subscriptions", "driver"}
	return withSettings(m.settings(), &cobra.Command{
		Use: "dispatch-manifest PART", GroupID: forwardingGroup,
		Short: "Print a file for Dispatch: the subscriptions or the driver",
		Long: `dispatch-manifest prints a file for Dispatch. PART is subscriptions (only for 'dispatch create') or
driver (for 'dispatch apply' on Solo, and 'dispatch create' on Kubernetes). Create the subscriptions
before the driver.
` + remembered,
		Args: oneOf("PART", parts...), ValidArgs: parts,
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := p.interruptible(c.Context(), whileReading...)
			defer stop()
			outputs, err := p.open(ctx, &m.Config, p.stderr).Outputs(ctx, m.createdWith)
			if err != nil {
				return err
			}
			text, err := m.text(args[0], outputs)
			if err != nil {
				return err
			}
			_, err = io.WriteString(p.stdout, text)
			return err
		},
	})
}

func (m *manifest) settings() *settings.Set {
	m.onlyName = true
	return forExisting(settings.New(prefix, &struct{}{}).Add(prefix, &m.Config, "JSON").Add(prefix, &m.Dispatch))
}

// separator is the text at which Dispatch's client splits the file, wherever it occurs.
const separator = "---"

// text returns a part: the subscriptions or the driver.
func (m *manifest) text(part string, outputs stack.Outputs) (string, error) {
	text := render(part+".yaml", newManifestData(m.Name, m.Dispatch, outputs))
	documents := strings.Count(text, "\nkind: ")
	if strings.Count(text, separator) > max(0, documents-1) {
		return "", fmt.Errorf("a name, a URL or a pattern contains %q, at which Dispatch's client would split the file",
			separator)
	}
	return text, nil
}

// manifestData is the data of the templates: the objects to create in Dispatch for a stack.
type manifestData struct {
	Dispatch
	Stack   string
	Outputs stack.Outputs
	Types   []string // event types to subscribe to
	Partial []string // rules whose event types are not all known
	Rules   string   // a table of all rules
}

// newManifestData returns the settings with their defaults, and what the templates need of the outputs.
func newManifestData(name string, d Dispatch, outputs stack.Outputs) *manifestData {
	d.DriverName = cmp.Or(d.DriverName, name)
	d.Image = cmp.Or(d.Image, "localhost:5000/"+builtImage())
	data := &manifestData{Dispatch: d, Stack: name, Outputs: outputs}
	var sources []string
	var rows [][]string
	rules := outputs.Rules()
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[key]
		rows = append(rows, []string{"rule   " + rule.Name, rule.String()})
		named, complete := rule.Sources()
		sources = append(sources, named...)
		if !complete {
			data.Partial = append(data.Partial, terminal.Line(rule.Name+": "+rule.String())) // for a comment
		}
	}
	data.Types, data.Rules = eventTypes(sources), table(rows)
	return data
}

// eventTypes returns the types of the events of these sources, to which Dispatch must subscribe.
func eventTypes(sources []string) (types []string) {
	for _, source := range sources {
		types = append(types, sink.DispatchType(source))
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// Subscription returns the name of the subscription to an event type.
func (d *manifestData) Subscription(eventType string) string {
	return d.DriverName + "-" + strings.ReplaceAll(eventType, ".", "-")
}

// soloSettle is the SINK_SETTLE for Dispatch Solo. It is longer than Solo needs, after its start, to load its
// subscriptions; until then, Solo accepts events and drops them.
const soloSettle = "25s"

var notInTag = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

// builtImage returns the name that make image gives the image in the container engine; characters that are not allowed
// in a tag become hyphens.
func builtImage() string {
	tag := strings.TrimLeft(notInTag.ReplaceAllString(relay.Version, "-"), ".-")
	return "dispatch-events-aws:" + tag[:min(len(tag), 128)]
}
