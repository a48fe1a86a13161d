package stack

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
)

// Phase is how far a step has come.
type Phase string

// The phases of a step.
const (
	Started Phase = "started"
	Running Phase = "running"
	Done    Phase = "done"
	Failed  Phase = "failed"
	CutOff  Phase = "cut off" // the run is being ended
)

// Step is one resource that is being created, changed or deleted.
type Step struct {
	Phase   Phase
	Action  string // create, update, delete
	Address string
	What    string // such as "queue dispatch"
	Setting bool   // it is a setting of another resource
	Elapsed time.Duration
	// Usual is how long it takes as a rule, and Reason what is being waited for when that is long.
	Usual  time.Duration
	Reason string
	// Finished and Total count the run's steps.
	Finished, Total int
}

// Reporter shows what a run is doing. Its methods are called one at a time and must not block for long.
type Reporter interface {
	// Note is one line to the person.
	Note(text string)
	// Planned is what would change, before it is asked about.
	Planned(Plan)
	// Step comes several times for one resource: when it starts, every ten seconds, and when it ends.
	Step(Step)
}

// progress turns Terraform's messages into steps and keeps what a failure must be explained with.
type progress struct {
	report   Reporter
	ended    func() bool          // the run is being ended, so that a failure is a cut
	labels   map[string]string    // address → what it is, from the plan
	refused  map[string]time.Time // queues, by address, whose names AWS takes only then
	total    int
	creating func(addresses []string) error // notes what is being created, if that matters
	running  []string
	done     []Step
	errors   []driver.Diagnostic
	lockWait bool
}

func newProgress(ctx context.Context, report Reporter) *progress {
	return &progress{report: report, ended: func() bool { return ctx.Err() != nil }}
}

func (p *progress) handle(m driver.Message) {
	address := m.Hook.Resource.Address
	if m.Hook.Action == "read" || m.Hook.Action == "noop" || m.Hook.Resource.Type == bookkeeping {
		return // nobody waits for these
	}
	switch m.Type {
	case "apply_start":
		p.running = append(p.running, address)
		p.noteRunning()
		p.report.Step(p.describe(m.Hook, Started))
	case "apply_progress":
		p.report.Step(p.describe(m.Hook, Running))
	case "apply_complete":
		p.running = slices.DeleteFunc(p.running, func(a string) bool { return a == address })
		p.noteRunning()
		p.done = append(p.done, p.describe(m.Hook, Done))
		p.report.Step(p.describe(m.Hook, Done))
	case "apply_errored":
		phase := Failed
		if p.ended() {
			phase = CutOff
		}
		p.report.Step(p.describe(m.Hook, phase))
	case "diagnostic":
		if m.Diagnostic != nil && m.Diagnostic.Severity == "error" {
			p.errors = append(p.errors, *m.Diagnostic)
		}
	case "state_lock_acquire":
		if !p.lockWait {
			p.lockWait = true
			p.report.Note("waiting for the lock of the stack's state")
		}
	}
}

func (p *progress) noteRunning() {
	if p.creating == nil {
		return
	}
	if err := p.creating(p.running); err != nil {
		p.report.Note("cannot note what is being created: " + err.Error())
	}
}

func (p *progress) describe(h driver.Hook, phase Phase) Step {
	s := Step{
		Phase: phase, Action: h.Action, Address: h.Resource.Address, What: p.label(h.Resource.Address),
		Setting: isSetting(h.Resource.Type), Elapsed: time.Duration(h.Elapsed * float64(time.Second)),
		Finished: len(p.done), Total: p.total,
	}
	s.Usual, s.Reason = usual(h.Resource.Type, h.Action)
	if wait := time.Until(p.refused[s.Address]); wait > 0 {
		s.Usual, s.Reason = s.Usual+wait.Round(time.Second), "AWS refuses the name of a deleted queue for 60 s"
	}
	return s
}

func (p *progress) label(address string) string { return cmp.Or(p.labels[address], address) }

// explain completes an error of Terraform's with its messages.
func (p *progress) explain(verb string, err error) error {
	if err == nil {
		return nil
	}
	failed := &RunError{Verb: verb, Done: p.done, Running: p.running, err: err}
	for _, d := range p.errors {
		failed.Failures = append(failed.Failures, Failure{Resource: p.label(d.Address), Text: d.String()})
	}
	return failed
}

// usual is how long the provider takes as a rule. Its long waits are fixed: it watches an attribute until AWS has given
// the same answer for that long.
func usual(kind, action string) (time.Duration, string) {
	switch {
	case action == "delete":
	case kind == "aws_s3_bucket_lifecycle_configuration":
		return 56 * time.Second, "S3 spreads lifecycle rules over its servers"
	case strings.HasPrefix(kind, "aws_sqs_queue"):
		return 26 * time.Second, "SQS spreads a queue's attributes over its servers"
	case kind == "aws_kms_key":
		return 8 * time.Second, "KMS spreads a key's policy over its servers"
	}
	return time.Second, ""
}
