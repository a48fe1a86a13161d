package main

import (
	"cmp"
	"fmt"
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

// diagnose looks for what stands in the way, from the events' source to their receiver.
func diagnose(s stack.Status, from *readiness) []finding {
	findings := slices.Concat([]finding{}, ofStack(s), ofRules(s), ofKey(s), ofForwarder(from))
	if s.Queue != nil {
		findings = append(findings, ofQueue(s, from)...)
	}
	for _, d := range s.DeadLetters {
		findings = append(findings, ofDeadLetters(s, d)...)
	}
	if len(findings) == 0 {
		return append(findings, ofSilence(s)...)
	}
	return findings
}

func ofStack(s stack.Status) []finding {
	up := "stack up --name=" + s.Stack + ", with the settings it was made with"
	switch {
	case len(s.Resources) == 0:
		return nil // said already
	case s.Queue == nil:
		return []finding{{"the queue is not there", "", up}}
	case len(s.Drift) > 0:
		return []finding{{
			"the stack is not as it was declared: see Drift", "somebody changed it by hand, or a run was cut off", up,
		}}
	}
	return nil
}

func ofRules(s stack.Status) (findings []finding) {
	if len(s.UnknownRules) > 0 {
		findings = append(findings, finding{
			"the state of the stack does not hold rules that have its tag: " + strings.Join(s.UnknownRules, ", "),
			"another state has this stack as well, and each cuts off the rules of the other; or the state was lost",
			"look for the tag " + stack.StateTag + " of its resources; stack up --adopt-stack destroys these rules",
		})
	}
	for _, r := range s.Rules {
		if !r.Enabled {
			findings = append(findings, finding{
				"rule " + r.Name + " is disabled: its events go nowhere", "somebody disabled it by hand",
				"stack up --name=" + s.Stack + " enables it",
			})
		}
		if r.Failed != nil && *r.Failed > 0 {
			findings = append(findings, finding{
				fmt.Sprintf("EventBridge failed to deliver %s of rule %s within a day", number(*r.Failed, "event"), r.Name),
				"the queue, its policy or its key do not let the rule send",
				"the undelivered events below say why; if there are none yet, EventBridge is still trying",
			})
		}
	}
	return findings
}

func ofKey(s stack.Status) []finding {
	if s.KeyProblem == "" {
		return nil
	}
	return []finding{{
		"EventBridge cannot use the key " + s.Key + ", which encrypts the queue", s.KeyProblem,
		"correct the key, or stack up with KMS_KEY=create; its policy " + keyMust,
	}}
}

// ofQueue tells a queue that nobody reads from one whose events are held.
func ofQueue(s stack.Status, from *readiness) []finding {
	q := s.Queue
	lasts, where := ofHolder(s, from)
	switch {
	case q.Visible > 0 && q.InFlight == 0 && !busy(s.Activity):
		return []finding{{
			fmt.Sprintf("%s in the queue and none is being delivered", wait(q.Visible)),
			"no forwarder reads this queue: it does not run, or has another queue, region or account, or may not receive",
			"its log says \"forwarding events\" with the queue's URL when it runs: here " + q.URL,
		}}
	case q.Visible > 0 && q.InFlight > 0:
		return []finding{{
			fmt.Sprintf("%s in the queue while %s held", wait(q.Visible), are(q.InFlight)),
			"a forwarder runs; its receiver takes no events, or takes them more slowly than they come", where,
		}}
	case q.Visible > 0 && q.InFlight == 0 && none(s.Activity.Deleted):
		return []finding{{
			wait(q.Visible) + " in the queue, and of those received lately none was deleted",
			"a forwarder received them and its receiver took none", where,
		}}
	case q.InFlight > 0:
		return []finding{{fmt.Sprintf("%s held by a forwarder, none waits", are(q.InFlight)), lasts, where}}
	}
	return nil
}

// ofHolder is what holds events, and where to look.
func ofHolder(s stack.Status, from *readiness) (cause, next string) {
	const maybe = "they are being delivered; when this lasts, the receiver takes none"
	switch {
	case from == nil || from.Unreachable != "":
		return maybe, "stack status --name=" + s.Stack +
			" --from=http://HOST:9090 asks the forwarder why (its ADMIN_ADDR); so does its log, at \"receiver takes no events\""
	case from.Receiver == "ok":
		return maybe, "look again: the forwarder says that its receiver is well"
	}
	return "its receiver takes none", "see what the forwarder says"
}

// busy tells whether something was received lately, as far as CloudWatch knows.
func busy(a *stack.Activity) bool { return a != nil && a.Received != nil && *a.Received > 0 }

func none(n *int) bool { return n != nil && *n == 0 }

func ofDeadLetters(s stack.Status, d stack.Queue) (findings []finding) {
	there := d.Queue + " holds " + number(d.Visible+d.InFlight, "dead letter")
	if d.Unread != "" {
		return []finding{{
			there + ", which cannot be looked at", d.Unread,
			"attach the stack's observer_policy to whoever asks (stack outputs)",
		}}
	}
	looked := 0
	for _, l := range d.Causes {
		looked += l.Count
	}
	for _, l := range d.Causes {
		findings = append(findings, ofLetters(s, d, l, fmt.Sprintf("%s; of %d looked at, %d", there, looked, l.Count)))
	}
	return findings
}

func ofLetters(s stack.Status, d stack.Queue, l stack.Cause, what string) finding {
	again := "; then stack dead-letters redrive --name=" + s.Stack + " sends them again"
	switch l.By {
	case stack.ByEventBridge:
		return finding{
			what + " could not be delivered by EventBridge: " + l.Reason,
			"queue, policy or key did not let the rule send",
			"stack up --name=" + s.Stack + " puts queue and policy right; a key of your own " + keyMust + again,
		}
	case stack.ByRedrive:
		return finding{
			what + " came without a reason: received too often and never deleted (MAX_RECEIVE_COUNT)",
			"the receiver refused them and the forwarder had no DEAD_LETTER_QUEUE_URL, or forwarders were killed " +
				"while they held them",
			"give the forwarder DEAD_LETTER_QUEUE_URL=" + d.URL + ", so that the reason is kept; its log has it at " +
				"\"receiver refuses the event\"" + again,
		}
	}
	f := finding{
		What:  what + " refused by the receiver: " + cmp.Or(l.Reason, fmt.Sprint(l.Status)),
		Cause: "the receiver does not take such an event; the first is of type " + cmp.Or(l.EventType, "unknown"),
		Next:  "correct the receiver or FORMAT" + again,
	}
	if s, found := explain(l.Reason); found {
		f.Cause, f.Next = plainText(s.cause), plainText(s.cure)+again
	}
	return f
}

const keyMust = "must allow events.amazonaws.com kms:GenerateDataKey and kms:Decrypt"

// ofForwarder is what the forwarder says of its two ends.
func ofForwarder(from *readiness) (findings []finding) {
	if from == nil {
		return nil
	}
	for _, end := range []struct{ name, says, next string }{
		{"forwarder does not answer", from.Unreachable, "is it running, and is this its ADMIN_ADDR?"},
		{"forwarder's queue", from.Queue, "its log says more"},
		{
			"forwarder's receiver", from.Receiver,
			"correct the receiver, or the forwarder's settings for it; nothing is lost meanwhile",
		},
	} {
		if end.says == "" || end.says == "ok" {
			continue
		}
		f := finding{What: "the " + end.name + ": " + end.says, Next: end.next}
		if end.says == "not reached yet" {
			f.Next = "look again in a minute: it has just started, or has looked for its receiver in vain"
		}
		if s, found := explain(end.says); found && end.says != from.Unreachable {
			f.Cause, f.Next = plainText(s.cause), plainText(s.cure)
		}
		findings = append(findings, f)
	}
	return findings
}

// ofSilence is all that can be said when nothing is wrong and nothing comes.
func ofSilence(s stack.Status) []finding {
	if len(s.Rules) == 0 || s.Queue == nil || s.Queue.Visible+s.Queue.InFlight > 0 {
		return nil
	}
	for _, r := range s.Rules {
		if r.Matched == nil || *r.Matched > 0 {
			return nil
		}
	}
	return []finding{{
		"no rule has matched an event within a day",
		"nothing happened that they ask for, or not in " + s.Region + ", or under other names",
		"stack check tells which patterns match an event, and why others do not; events of API calls need a trail with " +
			"logging on in this region",
	}}
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

func wait(n int) string {
	if n == 1 {
		return "1 event waits"
	}
	return number(n, "event") + " wait"
}

func are(n int) string {
	if n == 1 {
		return "1 event is"
	}
	return number(n, "event") + " are"
}

// plainText is a text of the README for a terminal.
func plainText(markdown string) string { return strings.ReplaceAll(markdown, "`", "") }
