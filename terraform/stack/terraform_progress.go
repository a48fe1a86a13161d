package stack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
)

// Phase says how far a step has progressed.
type Phase string

// The phases of a step.
const (
	Started Phase = "started"
	Running Phase = "running"
	Done    Phase = "done"
	Failed  Phase = "failed"
	CutOff  Phase = "cut off" // the run is being interrupted
)

// Step is one resource that is being created, changed or deleted.
type Step struct {
	Phase   Phase
	Action  string // create, update, delete
	Address string
	What    string // such as "queue dispatch"
	Part    bool   // the resource is a part of another one, such as the policy of a bucket
	Elapsed time.Duration
	// Usual is how long the step usually takes, and Reason is why. Both are set only for slow steps.
	Usual  time.Duration
	Reason string
	// Finished and Total count the run's steps.
	Finished, Total int
}

// Reporter shows what a run is doing. Its methods are called one at a time and must not block for long.
type Reporter interface {
	// Note shows one line of text to the user.
	Note(text string)
	// Planned shows what would change, before the user is asked to approve it.
	Planned(Plan)
	// Step is called several times for one resource: when the step starts, every ten seconds, and when it ends.
	Step(Step)
}

// slow lists the resource types that the provider takes long to create. The time is fixed: the provider waits until AWS
// has returned the same value of an attribute for a set time.
var slow = map[string]struct {
	usual  time.Duration
	reason string
}{
	"aws_s3_bucket_lifecycle_configuration": {56 * time.Second, "S3 takes time to propagate lifecycle rules"},
	"aws_sqs_queue": {
		26 * time.Second,
		"SQS takes time to propagate a queue's attributes, and accepts the name of a deleted queue only after a minute",
	},
	"aws_kms_key": {8 * time.Second, "KMS takes time to propagate the policy of a key"},
}

// phases maps the types of Terraform's messages to phases.
var phases = map[string]Phase{
	"apply_start": Started, "apply_progress": Running, "apply_complete": Done, "apply_errored": Failed,
}

// progress turns Terraform's messages into steps and keeps what is needed to explain a failure.
type progress struct {
	report   Reporter
	ended    func() bool // reports whether the run is being interrupted; a step that fails then counts as cut off
	plan     Plan        // the plan that is being applied, if there is one
	done     []Step
	failures []string
	lockWait bool
}

func (p *progress) handle(m message) {
	if m.Hook.Action == "read" || m.Hook.Action == "noop" || m.Hook.Resource.Type == bookkeeping {
		return // nobody waits for these
	}
	if phase, ok := phases[m.Type]; ok {
		p.step(m.Hook, phase)
	}
	if d := m.Diagnostic; d != nil && d.Severity == tfjson.DiagnosticSeverityError {
		text := diagnosis(d)
		if d.Address != "" {
			text = p.label(d.Address) + ": " + text
		}
		p.failures = append(p.failures, text)
	}
	if m.Type == "state_lock_acquire" && !p.lockWait {
		p.lockWait = true
		p.report.Note("waiting for the lock of the stack's state")
	}
}

func (p *progress) step(h hook, phase Phase) {
	s := Step{
		Phase: phase, Action: h.Action, Address: h.Resource.Address, What: p.label(h.Resource.Address),
		Part: inventory.TypeOf(h.Resource.Type).IsPart(), Elapsed: time.Duration(h.Elapsed * float64(time.Second)),
		Finished: len(p.done), Total: p.plan.steps,
	}
	if h.Action != "delete" {
		s.Usual, s.Reason = slow[h.Resource.Type].usual, slow[h.Resource.Type].reason
	}
	if phase == Failed && p.ended() {
		s.Phase = CutOff
	}
	if phase == Done {
		s.Finished++
		p.done = append(p.done, s)
	}
	p.report.Step(s)
}

func (p *progress) label(address string) string { return cmp.Or(p.plan.labels[address], address) }

// message is one line of the program's machine-readable output, with the fields that are needed here. terraform-json
// has no types for the messages of plan and apply.
type message struct {
	Type       string             `json:"type"`
	Hook       hook               `json:"hook"`
	Diagnostic *tfjson.Diagnostic `json:"diagnostic"`
}

// hook is what the program reports about one resource.
type hook struct {
	Resource struct {
		Address string `json:"addr"`
		Type    string `json:"resource_type"`
	} `json:"resource"`
	Action  string  `json:"action"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// lines splits the program's output into lines of any length, and calls handle for messages. Init writes other lines,
// too.
type lines struct {
	handle  func(message)
	partial []byte
}

func (s *lines) Write(p []byte) (int, error) {
	s.partial = append(s.partial, p...)
	for {
		line, rest, found := bytes.Cut(s.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		var m message
		if json.Unmarshal(line, &m) == nil && m.Type != "" {
			s.handle(m)
		}
		s.partial = rest
	}
}

// diagnosis returns the part of a diagnostic that the user needs. A message of AWS, which the provider puts last, is
// kept. For a variable that was refused, it says what is wrong, but not where in the modules that is checked.
func diagnosis(d *tfjson.Diagnostic) string {
	text := d.Summary
	detail := strings.Join(strings.Fields(d.Detail), " ")
	detail, _, checked := strings.Cut(detail, " This was checked by the validation rule")
	if detail != "" {
		text += ": " + detail
	}
	if d.Address == "" && d.Range != nil && !checked {
		text += " (" + d.Range.Filename + ")"
	}
	if found := apiError.FindStringSubmatch(text); found != nil {
		return strings.TrimRight(found[1]+": AWS says "+found[2]+": "+found[3], ": ")
	}
	return text
}

// apiError matches the SDK's form of an error of AWS: what was done, the code of the error, and its message.
var apiError = regexp.MustCompile(`^(.*): operation error .*StatusCode: \d+, RequestID: [^,]*,(?: HostID: [^,]*,)? ` +
	`(?:api error )?([\w.]+): ?(.*)$`)
