package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3" // the maintained YAML, in the graph already; it quotes what YAML 1.1, which Dispatch's client reads, takes for no text

	"github.com/dispatchframework/dispatch-events-aws/cmd/relay"
	"github.com/dispatchframework/dispatch-events-aws/cmd/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// manifest are the settings of what Dispatch is to make of the stack.
type manifest struct {
	_ struct{} `env:"STACK_" group:"Dispatch"`
	known
	Function   string `envconfig:"FUNCTION" default:"my-function" desc:"the function that the events are for"`
	Image      string `envconfig:"IMAGE" defaultdesc:"dispatch-events-aws:VERSION" desc:"the forwarder's image, as Dispatch pulls it"`
	DriverType string `envconfig:"DRIVER_TYPE" default:"aws" desc:"name of the driver type, at most 32 characters"`
	DriverName string `envconfig:"DRIVER_NAME" defaultdesc:"NAME" desc:"name of the driver"`
	Secret     string `envconfig:"SECRET" default:"aws" desc:"the secret with the AWS keys"`
	Format     string `envconfig:"FORMAT" accept:"dispatch|dispatch-sidecar|dispatch-draft" defaultdesc:"as Dispatch is: by its token" desc:"dispatch-draft for Dispatch up to 0.1.18"`
}

// What Dispatch's API takes for a name.
var (
	driverForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	nameForm   = regexp.MustCompile(`^\w[\w-]*$`)
)

// Check refuses what Dispatch would.
func (m *manifest) Check() []string {
	problems := m.known.Check()
	m.DriverName = cmp.Or(m.DriverName, m.Name)
	m.Image = cmp.Or(m.Image, "dispatch-events-aws:"+relay.Version)
	if !driverForm.MatchString(m.DriverName) {
		problems = append(problems, fmt.Sprintf("DRIVER_NAME: %q is not accepted: a–z, 0–9 and hyphens", m.DriverName))
	}
	for name, value := range map[string]string{"FUNCTION": m.Function, "SECRET": m.Secret, "DRIVER_TYPE": m.DriverType} {
		if !nameForm.MatchString(value) || name == "DRIVER_TYPE" && len(value) > 32 {
			problems = append(problems, fmt.Sprintf("%s: %q is not accepted: letters, digits, _ and hyphens", name, value))
		}
	}
	slices.Sort(problems)
	return problems
}

// document is one of the kinds that Dispatch's client reads from a file. Each release takes its own names of a member and
// passes over those of the others.
type document struct {
	Kind       string   `yaml:"kind" json:"kind"`
	Name       string   `yaml:"name" json:"name"`
	Image      string   `yaml:"image,omitempty" json:"image,omitempty"`
	Type       string   `yaml:"type,omitempty" json:"type,omitempty"`
	Secrets    []string `yaml:"secrets,omitempty" json:"secrets,omitempty"`
	Config     []pair   `yaml:"config,omitempty" json:"config,omitempty"`
	EventType  string   `yaml:"eventType,omitempty" json:"eventType,omitempty"`
	DraftType  string   `yaml:"event-type,omitempty" json:"event-type,omitempty"`
	SourceType string   `yaml:"source-type,omitempty" json:"source-type,omitempty"`
	Function   string   `yaml:"function,omitempty" json:"function,omitempty"`
}

type pair struct {
	Key   string `yaml:"key" json:"key"`
	Value string `yaml:"value" json:"value"`
}

func (c *command) manifest(ctx context.Context, args []string) error {
	var m manifest
	if err := settings.Load(&m, args); err != nil {
		return err
	}
	outputs, err := c.read(ctx, &m.Config)
	if err != nil {
		return err
	}
	documents, open := m.documents(outputs)
	if m.JSON {
		writeLine(c.stdout, documents)
		return nil
	}
	text, err := m.text(documents, open)
	if err != nil {
		return err
	}
	_, err = c.stdout.Write(text)
	return err
}

// documents are the driver's type, the driver, and a subscription for each type of event; open are the rules of which the types
// cannot be told.
func (m *manifest) documents(outputs stack.Outputs) (documents []document, open []string) {
	config := []pair{
		{"region", outputs.Text("region")},
		{"queue-url", outputs.Text("queue_url")},
		{"dead-letter-queue-url", outputs.Text("dead_letter_queue_url")},
	}
	if m.Format != "" {
		config = append(config, pair{"format", m.Format})
	}
	documents = []document{
		{Kind: "DriverType", Name: m.DriverType, Image: m.Image},
		{Kind: "Driver", Name: m.DriverName, Type: m.DriverType, Secrets: []string{m.Secret}, Config: config},
	}
	types := map[string]bool{}
	for _, rule := range outputs.Rules() {
		sources, whole := rule.Sources()
		for _, source := range sources {
			types[sink.DispatchType(source)] = true
		}
		if !whole {
			open = append(open, rule.Name+": "+rule.Words())
		}
	}
	for _, eventType := range slices.Sorted(maps.Keys(types)) {
		documents = append(documents, m.subscription(eventType))
	}
	slices.Sort(open)
	return documents, open
}

func (m *manifest) subscription(eventType string) document {
	d := document{Kind: "Subscription", Name: m.DriverName + "-" + strings.ReplaceAll(eventType, ".", "-"), Function: m.Function}
	if m.Format == sink.FormatDraft {
		d.DraftType, d.SourceType = eventType, "aws"
	} else {
		d.EventType = eventType
	}
	return d
}

// separator is where Dispatch's client cuts the file, wherever it stands.
const separator = "---"

func (m *manifest) text(documents []document, open []string) ([]byte, error) {
	var b bytes.Buffer
	use := "dispatch apply -f FILE on Dispatch Solo, dispatch create -f FILE on Kubernetes"
	if m.Format == sink.FormatDraft {
		use = "dispatch create -f FILE with Dispatch 0.1.16 to 0.1.18"
	}
	fmt.Fprintf(&b, "# For %s.\n", use)
	fmt.Fprintf(&b, "# The secret is not in here. It comes first, with keys that the stack's forwarder_policy suffices for:\n")
	fmt.Fprintf(&b, "#   dispatch create secret %s aws.json     {\"aws_access_key_id\": \"…\", \"aws_secret_access_key\": \"…\"}\n", m.Secret)
	for _, line := range open {
		fmt.Fprintf(&b, "# Not every event type of a rule is known: subscribe to the events' sources. %s\n", line)
	}
	for i, d := range documents {
		text, err := yaml.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("write manifest: %w", err)
		}
		if bytes.Contains(text, []byte(separator)) {
			return nil, fmt.Errorf("%s %s has %q in it, where Dispatch's client would cut the file", d.Kind, d.Name, separator)
		}
		if i > 0 {
			b.WriteString(separator + "\n")
		}
		b.Write(text)
	}
	if head, _, _ := strings.Cut(b.String(), "kind: "); strings.Contains(head, separator) {
		return nil, fmt.Errorf("a rule has %q in its name or its pattern, where Dispatch's client would cut the file", separator)
	}
	return b.Bytes(), nil
}
