package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// finding is something that stands in the way of events, or may, and what to do about it.
type finding struct {
	What  string `json:"what"`
	Cause string `json:"cause,omitempty"`
	Next  string `json:"next"`
}

// diagnosis finds out what keeps events from arriving, from their source to their receiver.
type diagnosis struct {
	stack.Status
	from     *readiness // nil where no forwarder was asked
	up       string     // the command that puts the stack right
	findings []finding
}

func diagnose(s stack.Status, from *readiness) []finding {
	d := &diagnosis{Status: s, from: from, up: "stack up --name=" + s.Stack, findings: []finding{}}
	d.ofStack()
	d.ofRules()
	d.ofForwarder()
	d.ofQueue()
	for _, q := range s.DeadLetters {
		d.ofDeadLetters(q)
	}
	if len(d.findings) == 0 {
		d.ofSilence()
	}
	return d.findings
}

func (d *diagnosis) found(what, cause, next string) {
	d.findings = append(d.findings, finding{what, cause, next})
}

// keyMust ends a sentence about a key or its policy.
const keyMust = "must allow events.amazonaws.com kms:GenerateDataKey and kms:Decrypt"

func (d *diagnosis) ofStack() {
	const asMade = ", with the settings it was made with"
	switch {
	case len(d.Resources) == 0: // said already
	case d.Queue == nil:
		d.found("the queue is not there", "", d.up+asMade)
	case len(d.Drift) > 0:
		d.found("the stack is not as it was declared: see Drift",
			"somebody changed it by hand, or a run was cut off", d.up+asMade)
	}
	if len(d.UnknownRules) > 0 {
		d.found("the state of the stack does not hold rules that have its tag: "+strings.Join(d.UnknownRules, ", "),
			"another state has this stack as well, and each cuts off the rules of the other; or the state was lost",
			"look for the tag "+stack.StateTag+" of its resources; stack up --adopt-stack destroys these rules")
	}
	if d.KeyProblem != "" {
		d.found("EventBridge cannot use the key "+d.Key+", which encrypts the queue", d.KeyProblem,
			"correct the key, or stack up with KMS_KEY=create; its policy "+keyMust)
	}
}

func (d *diagnosis) ofRules() {
	for _, r := range d.Rules {
		if !r.Enabled {
			d.found("rule "+r.Name+" is disabled: its events go nowhere", "somebody disabled it by hand", d.up+" enables it")
		}
		if r.Failed != nil && *r.Failed > 0 {
			d.found(fmt.Sprintf("EventBridge failed to deliver %s of rule %s within a day", number(*r.Failed, "event"), r.Name),
				"the queue, its policy or its key do not let the rule send",
				"the undelivered events below say why; if there are none yet, EventBridge is still trying")
		}
	}
}

// ofForwarder is what the forwarder says of its queue and its receiver.
func (d *diagnosis) ofForwarder() {
	if d.from == nil {
		return
	}
	if d.from.Unreachable != "" {
		d.found("the forwarder does not answer: "+d.from.Unreachable, "", "is it running, and is this its ADMIN_ADDR?")
	}
	d.ofEnd("queue", d.from.Queue, "its log says more")
	d.ofEnd("receiver", d.from.Receiver,
		"correct the receiver, or the forwarder's settings for it; nothing is lost meanwhile")
}

func (d *diagnosis) ofEnd(name, says, next string) {
	cause := ""
	switch s, known := explain(says); {
	case says == "" || says == "ok":
		return
	case says == "not reached yet":
		next = "look again in a minute: it has just started, or has looked for its receiver in vain"
	case known:
		cause, next = s.cause, s.cure
	}
	d.found("the forwarder's "+name+": "+says, cause, next)
}

// ofQueue finds out whether nobody reads the queue, or a forwarder holds its events.
func (d *diagnosis) ofQueue() {
	q, a := d.Queue, d.Activity
	if q == nil || q.Visible+q.InFlight == 0 {
		return
	}
	received := a != nil && a.Received != nil && *a.Received > 0 // lately, as far as CloudWatch knows
	lasts, where := d.ofHolder()
	switch {
	case q.Visible == 0:
		d.found(events(q.InFlight, "is", "are")+" held by a forwarder, none waits", lasts, where)
	case q.InFlight > 0:
		d.found(events(q.Visible, "waits", "wait")+" in the queue while "+events(q.InFlight, "is", "are")+" held",
			"a forwarder runs; its receiver takes no events, or takes them more slowly than they come", where)
	case !received:
		d.found(events(q.Visible, "waits", "wait")+" in the queue and none is being delivered",
			"no forwarder reads this queue: it does not run, or has another queue, region or account, or may not receive",
			"its log says \"forwarding events\" with the queue's URL when it runs: here "+q.URL)
	case a.Deleted != nil && *a.Deleted == 0:
		d.found(events(q.Visible, "waits", "wait")+" in the queue, and of those received lately none was deleted",
			"a forwarder received them and its receiver took none", where)
	}
}

// ofHolder is what holds events, and where to look.
func (d *diagnosis) ofHolder() (cause, next string) {
	const maybe = "they are being delivered; if they stay here, the receiver accepts none"
	switch {
	case d.from == nil || d.from.Unreachable != "":
		return maybe, "stack status --name=" + d.Stack +
			" --from=http://HOST:9090 asks the forwarder why (its ADMIN_ADDR); so does its log, at \"receiver takes no events\""
	case d.from.Receiver == "ok":
		return maybe, "look again: the forwarder says that its receiver is well"
	}
	return "its receiver takes none", "see what the forwarder says"
}

// ofDeadLetters says why dead letters are there, and how they come to be delivered.
func (d *diagnosis) ofDeadLetters(q stack.Queue) {
	there := q.Queue + " holds " + number(q.Visible+q.InFlight, "dead letter")
	if q.Unread != "" {
		d.found(there+", which cannot be looked at", q.Unread,
			"attach the stack's observer_policy to whoever asks (stack outputs)")
		return
	}
	looked := 0
	for _, c := range q.Causes {
		looked += c.Count
	}
	again := "; then stack dead-letters redrive --name=" + d.Stack + " sends them again"
	for _, c := range q.Causes {
		what := fmt.Sprintf("%s; of %d looked at, %d", there, looked, c.Count)
		refused, known := explain(c.Reason)
		switch {
		case c.By == stack.ByEventBridge:
			d.found(what+" could not be delivered by EventBridge: "+c.Reason,
				"queue, policy or key did not let the rule send",
				d.up+" puts queue and policy right; a key of your own "+keyMust+again)
		case c.By == stack.ByRedrive:
			d.found(what+" came without a reason: received too often and never deleted (MAX_RECEIVE_COUNT)",
				"the receiver refused them and the forwarder had no DEAD_LETTER_QUEUE_URL, or forwarders were killed "+
					"while they held them",
				"give the forwarder DEAD_LETTER_QUEUE_URL="+q.URL+", so that the reason is kept; its log has it at "+
					"\"receiver refuses the event\""+again)
		case known:
			d.found(what+" refused by the receiver: "+c.Reason, refused.cause, refused.cure+again)
		default:
			d.found(what+" refused by the receiver: "+cmp.Or(c.Reason, fmt.Sprint(c.Status)),
				"the receiver does not take such an event; the first is of type "+cmp.Or(c.EventType, "unknown"),
				"correct the receiver or FORMAT"+again)
		}
	}
}

// ofSilence is all that can be said when nothing is wrong and nothing comes.
func (d *diagnosis) ofSilence() {
	if len(d.Rules) == 0 || d.Queue == nil || d.Queue.Visible+d.Queue.InFlight > 0 {
		return
	}
	for _, r := range d.Rules {
		if r.Matched == nil || *r.Matched > 0 {
			return
		}
	}
	d.found("no rule has matched an event within a day",
		"nothing happened that they ask for, or not in "+d.Region+", or under other names",
		"stack check tells which patterns match an event, and why others do not; events of API calls need a trail with "+
			"logging on in this region")
}

// eventTypes are those that subscriptions are written against, as far as the rules' patterns name them.
func eventTypes(s stack.Status) []string {
	var types []string
	for _, r := range s.Rules {
		for _, source := range r.Sources {
			types = append(types, sink.DispatchType(source))
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// events is a number of events with a verb.
func events(n int, one, several string) string {
	if n == 1 {
		several = one
	}
	return number(n, "event") + " " + several
}

// symptomTable is what somebody sees when events do not get through, and where it comes from. It is looked through in
// this order, and stands in examples/dispatch/README.md.
//
//go:embed symptoms.md
var symptomTable string

// symptom is a row of the table that quotes a part of a message, word for word.
type symptom struct {
	status      string // comes with the message, where it is an HTTP answer
	message     string
	cause, cure string
}

var quotation = regexp.MustCompile("(?m)^\\| (?:(\\d{3}) )?`([^`]+)` \\| (.+) \\| (.+) \\|$")

var symptoms = func() (list []symptom) {
	plain := strings.NewReplacer("`", "") // Markdown's for a terminal
	for _, row := range quotation.FindAllStringSubmatch(symptomTable, -1) {
		list = append(list, symptom{row[1], row[2], plain.Replace(row[3]), plain.Replace(row[4])})
	}
	return list
}()

// explain finds what a message is a symptom of.
func explain(message string) (s symptom, found bool) {
	message = strings.NewReplacer("127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost:8080").Replace(message)
	for _, s := range symptoms {
		if strings.Contains(message, s.message) {
			return s, true
		}
	}
	return symptom{}, false
}
