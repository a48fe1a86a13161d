package stack

import (
	"cmp"
	"context"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/inventory"
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
	// Usual is how long it takes as a rule, and Reason what is being waited for, where that is long.
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

// slow are the types that the provider takes long to make. Its waits are fixed: it watches an attribute until AWS has
// given the same answer for that long.
var slow = map[string]struct {
	usual  time.Duration
	reason string
}{
	"aws_s3_bucket_lifecycle_configuration": {56 * time.Second, "S3 spreads lifecycle rules over its servers"},
	"aws_sqs_queue": {
		26 * time.Second,
		"SQS spreads a queue's attributes over its servers; a deleted queue's name it takes again only after a minute",
	},
	"aws_kms_key": {8 * time.Second, "KMS spreads a key's policy over its servers"},
}

// phases are those that Terraform's messages tell of.
var phases = map[string]Phase{
	"apply_start": Started, "apply_progress": Running, "apply_complete": Done, "apply_errored": Failed,
}

// progress turns Terraform's messages into steps and keeps what a failure must be explained with.
type progress struct {
	report   Reporter
	ended    func() bool // the run is being ended, so that a failure is a cut
	plan     Plan        // that is being carried out, if one is
	done     []Step
	failures []string
	lockWait bool
}

func (r *session) progress(ctx context.Context, plan Plan) *progress {
	return &progress{report: r.Report, ended: func() bool { return ctx.Err() != nil }, plan: plan}
}

func (p *progress) handle(m driver.Message) {
	if m.Hook.Action == "read" || m.Hook.Action == "noop" || m.Hook.Resource.Type == bookkeeping {
		return // nobody waits for these
	}
	if phase, ok := phases[m.Type]; ok {
		p.step(m.Hook, phase)
	}
	if d := m.Diagnostic; d != nil && d.Severity == "error" {
		text := d.String()
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

func (p *progress) step(h driver.Hook, phase Phase) {
	s := Step{
		Phase: phase, Action: h.Action, Address: h.Resource.Address, What: p.label(h.Resource.Address),
		Setting: inventory.TypeOf(h.Resource.Type).Setting, Elapsed: time.Duration(h.Elapsed * float64(time.Second)),
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

// explain completes an error of Terraform's with its messages.
func (p *progress) explain(verb string, err error) error {
	if err == nil {
		return nil
	}
	return &RunError{Verb: verb, Failures: p.failures, Done: p.done, err: err}
}
