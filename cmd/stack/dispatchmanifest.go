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

	"go.yaml.in/yaml/v3" // it quotes what YAML 1.1, which Dispatch's client reads, takes for no text

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// manifest are the settings and the operand of dispatch-manifest.
type manifest struct {
	Config
	Dispatch
	part string
}

// Dispatch are the settings of what Dispatch is to make of the stack.
type Dispatch struct {
	Function   string `split_words:"true" group:"Dispatch" default:"my-function"`
	Image      string `split_words:"true" defaultdesc:"localhost:5000/dispatch-events-aws:VERSION"`
	DriverType string `split_words:"true" default:"aws" desc:"name of the driver type, at most 32 characters"`
	DriverName string `split_words:"true" defaultdesc:"NAME" desc:"name of the driver"`
	Secret     string `split_words:"true" default:"aws" desc:"the secret with the AWS keys"`
	Format     string `split_words:"true" accept:"dispatch|dispatch-sidecar|dispatch-draft" defaultdesc:"by the token"`
}

// Describe implements settings.Describer.
func (*Dispatch) Describe() map[string]string {
	return map[string]string{
		"FUNCTION": "the function that the events are for",
		"IMAGE":    "the forwarder's image, pushed to where Dispatch pulls it from: Solo pulls always",
		"FORMAT":   "dispatch-draft for Dispatch up to 0.1.18",
	}
}

func (p *program) manifestCommand() *cobra.Command {
	m := &manifest{}
	parts := []string{"subscriptions", "driver"}
	return withSettings(m.settings(), &cobra.Command{
		GroupID: groupForwarding, Use: "dispatch-manifest PART",
		Short: "print a file for Dispatch: subscriptions, which come first, or driver",
		Args:  oneOf("PART", parts...), ValidArgs: parts,
		RunE: func(c *cobra.Command, args []string) error {
			m.part = args[0]
			return p.manifest(c.Context(), m)
		},
	})
}

func (m *manifest) settings() *settings.Set {
	m.onlyName = true
	return settings.New(prefix, &m.Config).Add(prefix, &m.Dispatch)
}

// What Dispatch's API takes for a name.
var (
	driverForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	nameForm   = regexp.MustCompile(`^\w[\w-]*$`)
)

// Check refuses what Dispatch would.
func (m *Dispatch) Check() (problems []string) {
	if m.DriverName != "" && !driverForm.MatchString(m.DriverName) {
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

func (m *manifest) driverName() string { return cmp.Or(m.DriverName, m.Name) }

// localImage is the image that make image makes, in a registry on the machine of Dispatch Solo.
func localImage() string { return "localhost:5000/" + madeImage() }

// madeImage is its name as make image leaves it with the engine; what no tag may hold becomes a hyphen.
func madeImage() string {
	tag := strings.TrimLeft(notInTag.ReplaceAllString(relay.Version, "-"), ".-")
	return "dispatch-events-aws:" + tag[:min(len(tag), 128)]
}

var notInTag = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

// document is one of the kinds that Dispatch's client reads from a file. Each release takes its own names of a member
// and passes over those of the others.
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

func (p *program) manifest(ctx context.Context, m *manifest) error {
	outputs, err := p.outputs(ctx, &m.Config)
	if err != nil {
		return err
	}
	documents, open := m.documents(outputs)
	if m.JSON {
		writeJSON(p.stdout, documents)
		return nil
	}
	text, err := m.text(documents, open)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(text)
	return err
}

// documents are those of the part that is asked for; open are the rules of which the event types cannot be told.
func (m *manifest) documents(outputs stack.Outputs) (documents []document, open []string) {
	if m.part == "driver" {
		return m.driver(outputs), nil
	}
	return m.subscriptions(outputs)
}

// driver is the driver's type and the driver.
func (m *manifest) driver(outputs stack.Outputs) []document {
	config := []pair{
		{"region", outputs.Text("region")},
		{"queue-url", outputs.Text("queue_url")},
		{"dead-letter-queue-url", outputs.Text("dead_letter_queue_url")},
	}
	if m.Format != "" {
		config = append(config, pair{"format", m.Format})
	}
	if m.Format == "" || m.Format == sink.FormatDispatch {
		config = append(config, pair{"sink-settle", soloResync})
	}
	return []document{
		{Kind: "DriverType", Name: m.DriverType, Image: cmp.Or(m.Image, localImage())},
		{Kind: "Driver", Name: m.driverName(), Type: m.DriverType, Secrets: []string{m.Secret}, Config: config},
	}
}

// soloResync is longer than Solo takes after its start to know its subscriptions again; what comes before that it
// answers and drops.
const soloResync = "25s"

// subscriptions are one for each type of event.
func (m *manifest) subscriptions(outputs stack.Outputs) (documents []document, open []string) {
	types := map[string]bool{}
	for _, rule := range outputs.Rules() {
		sources, whole := rule.Sources()
		for _, source := range sources {
			types[sink.DispatchType(source)] = true
		}
		if !whole {
			open = append(open, rule.Name+": "+rule.String())
		}
	}
	for _, eventType := range slices.Sorted(maps.Keys(types)) {
		documents = append(documents, m.subscription(eventType))
	}
	slices.Sort(open)
	return documents, open
}

func (m *manifest) subscription(eventType string) document {
	name := m.driverName() + "-" + strings.ReplaceAll(eventType, ".", "-")
	d := document{Kind: "Subscription", Name: name, Function: m.Function}
	if m.Format == sink.FormatDraft {
		d.DraftType, d.SourceType = eventType, "aws"
	} else {
		d.EventType = eventType
	}
	return d
}

// separator is where Dispatch's client cuts the file, wherever it stands.
const separator = "---"

// head says what the file is for, and what is not to be done with it.
func (m *manifest) head(open []string) (lines []string) {
	source := ""
	if m.Format == sink.FormatDraft {
		source = " --source-type aws"
	}
	if m.part == "driver" {
		lines = []string{
			"The event driver, after the subscriptions: on Solo dispatch apply -f FILE, which may be repeated; else " +
				"dispatch create -f FILE.",
			"Another image changes the type alone: dispatch delete eventdriver " + m.driverName() + " first, and go on " +
				"when it is gone;",
			"where there is no apply, dispatch delete eventdrivertype " + m.DriverType + " as well.",
			"The secret comes before it, with keys that the stack's forwarder_policy suffices for:",
			"  dispatch create secret " + m.Secret + ` aws.json     {"aws_access_key_id": "…", "aws_secret_access_key": "…"}`,
		}
	} else {
		lines = []string{
			"The subscriptions, before the driver: dispatch create -f FILE, once. Events that no subscription wants are lost.",
			"Never dispatch apply this file: the second time, Solo drops all events of its subscriptions until it is restarted.",
			"A further one is made by hand, once for each type: dispatch create subscription " + m.Function +
				" --name " + m.driverName() + "-NAME --event-type TYPE" + source,
		}
	}
	if m.Format == sink.FormatDraft {
		lines = append(lines, "For Dispatch 0.1.16 to 0.1.18; older ones take no such file.")
	}
	for _, line := range open {
		lines = append(lines, "Not every event type of a rule is known: subscribe to the events' sources. "+line)
	}
	return lines
}

func (m *manifest) text(documents []document, open []string) ([]byte, error) {
	var b bytes.Buffer
	for _, line := range m.head(open) {
		fmt.Fprintf(&b, "# %s\n", line)
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
		return nil, fmt.Errorf("a rule has %q in its name or its pattern, where Dispatch's client would cut the file",
			separator)
	}
	return b.Bytes(), nil
}

// solo are the commands after which Dispatch Solo, on this machine, runs a function for each event. None may come
// before the one above it: Solo answers and drops what no subscription wants, and pulls an image that its engine has,
// too.
func solo(name string, outputs stack.Outputs) []string {
	of := manifest{Dispatch: Dispatch{
		Function: "my-function", Image: localImage(), DriverType: "aws", DriverName: name, Secret: "aws",
	}}
	subscriptions, open := of.subscriptions(outputs)
	lines := []string{
		"# Solo must have been started with --events-gateway HOST:8080 and a --host that containers reach; else the driver",
		"# needs --set dispatch-api-endpoint=HOST:8080, too, as in 172.17.0.1:8080",
		"make image; docker run --detach --publish 127.0.0.1:5000:5000 registry:2    # or a registry of yours",
		"docker tag " + madeImage() + " " + of.Image + "; docker push " + of.Image,
		`dispatch create secret aws aws.json    # {"aws_access_key_id": "…", "aws_secret_access_key": "…"}, ` +
			"with the stack's forwarder_policy",
		"dispatch create seed-images    # once for a Solo: python3 is one of them",
		"dispatch create function " + of.Function + " show.py --image python3    " +
			"# yours, or the one in examples/dispatch/README.md",
	}
	for _, d := range subscriptions {
		lines = append(lines, d.command())
	}
	for _, rule := range open {
		lines = append(lines, "# and one for each further source of "+rule)
	}
	lines = append(lines,
		"dispatch get functions; dispatch get subscriptions    # until my-function and each of these is READY")
	for _, d := range of.driver(outputs) {
		lines = append(lines, d.command())
	}
	return append(lines, "dispatch get runs my-function --last --json    # the function's log")
}

// command makes of a document what makes the same by hand.
func (d document) command() string {
	switch d.Kind {
	case "Subscription":
		return fmt.Sprintf("dispatch create subscription %s --name %s --event-type %s", d.Function, d.Name, d.EventType)
	case "DriverType":
		return fmt.Sprintf("dispatch create eventdrivertype %s %s", d.Name, d.Image)
	}
	line := fmt.Sprintf("dispatch create eventdriver %s --name %s", d.Type, d.Name)
	for _, secret := range d.Secrets {
		line += " --secret " + secret
	}
	for _, p := range d.Config {
		line += " --set " + p.Key + "=" + p.Value
	}
	return line
}
