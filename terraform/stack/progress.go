package stack

import (
	"slices"
	"strings"
	"time"
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
	// Usual is how long it takes as a rule, and Why what is being waited for when that is long.
	Usual time.Duration
	Why   string
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
	ended    func() bool // the run is being ended, so that a failure is a cut
	report   Reporter
	labels   map[string]string    // address → what it is, from the plan
	refused  map[string]time.Time // queues, by address, whose names AWS takes only then
	total    int
	making   func(addresses []string) error // is told what is being made, if it wants to know
	running  []string
	done     []Step
	errors   []diagnostic
	lockWait bool
	retries  *retries // looked at whenever Terraform says something, which is every ten seconds at least
}

func (p *progress) handle(m message) {
	for _, cause := range p.retries.news() {
		p.report.Note(cause)
	}
	if m.Hook.Action == "read" || m.Hook.Action == "noop" || m.Hook.Resource.Type == bookkeeping {
		return // nobody waits for these
	}
	switch m.Type {
	case "apply_start":
		p.running = append(p.running, m.Hook.Resource.Address)
		p.note()
		p.step(m.Hook, Started)
	case "apply_progress":
		p.step(m.Hook, Running)
	case "apply_complete":
		p.stopped(m.Hook.Resource.Address)
		p.note()
		p.done = append(p.done, p.describe(m.Hook, Done))
		p.step(m.Hook, Done)
	case "apply_errored":
		p.step(m.Hook, p.failed())
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

func (p *progress) note() {
	if p.making == nil {
		return
	}
	if err := p.making(p.running); err != nil {
		p.report.Note("what is being made could not be noted: " + err.Error())
	}
}

func (p *progress) failed() Phase {
	if p.ended() {
		return CutOff
	}
	return Failed
}

func (p *progress) stopped(address string) {
	p.running = slices.DeleteFunc(p.running, func(a string) bool { return a == address })
}

func (p *progress) step(h hook, phase Phase) { p.report.Step(p.describe(h, phase)) }

func (p *progress) describe(h hook, phase Phase) Step {
	s := Step{
		Phase: phase, Action: h.Action, Address: h.Resource.Address, What: p.label(h.Resource.Address),
		Elapsed:  time.Duration(h.Elapsed * float64(time.Second)),
		Finished: len(p.done), Total: p.total,
	}
	_, isThing := things[h.Resource.Type]
	s.Setting = !isThing
	s.Usual, s.Why = usual(h.Resource.Type, h.Action)
	if wait := time.Until(p.refused[s.Address]); wait > 0 {
		s.Usual, s.Why = s.Usual+wait.Round(time.Second), "AWS refuses the name of a deleted queue for 60 s"
	}
	return s
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
