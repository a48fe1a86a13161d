package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// finding is something that prevents events from arriving, or may do so, and what to do about it.
type finding struct {
	What  string `json:"what"`
	Cause string `json:"cause,omitempty"`
	Next  string `json:"next"`
}

// diagnose finds out what keeps events from arriving, from their source to their receiver.
func (d *diagnosed) diagnose() {
	d.Diagnosis = []finding{}
	var sources []string
	for _, r := range d.Rules {
		sources = append(sources, r.Sources...)
	}
	d.EventTypes = eventTypes(sources)
	d.checkStack()
	d.checkRules()
	d.checkForwarder()
	d.checkQueue()
	for _, q := range d.DeadLetters {
		d.checkDeadLetters(q)
	}
	if len(d.Diagnosis) == 0 {
		d.checkNoMatches()
	}
}

func (d *diagnosed) found(what, cause, next string) {
	d.Diagnosis = append(d.Diagnosis, finding{what, cause, next})
}

// up returns the command that repairs the stack, with the settings that it needs: it removes what they do not contain.
func (d *diagnosed) up(arguments string) string {
	return invocation() + " up --name=" + d.Stack + arguments + ", with all other settings of the last 'stack up'"
}

// keyMust is the end of a sentence about a key or its policy.
const keyMust = "must allow events.amazonaws.com to call kms:GenerateDataKey and kms:Decrypt"

func (d *diagnosed) checkStack() {
	switch {
	case len(d.Resources) == 0: // the status already says so
	case d.Queue == nil:
		d.found("the queue does not exist", "", d.up(""))
	case len(d.Drift) > 0:
		d.found("the stack differs from its configuration: see Drift",
			"somebody changed it by hand, or a run was interrupted", d.up(""))
	}
	if len(d.UnknownRules) > 0 {
		d.found("the state of the stack does not contain these rules, which have the tag of the stack: "+
			strings.Join(d.UnknownRules, ", "),
			"the state was lost, or a second state manages the same stack. In the second case, each run of 'stack up' changes "+
				"the policy of the queue, and the rules of the other state can no longer send",
			"check the tag "+stack.StateTag+" of the resources; "+d.up(" --adopt-stack")+", deletes those of these rules that "+
				"the settings do not contain")
	}
	if d.KeyTrouble != "" {
		d.found("EventBridge cannot use the key "+d.Key+", which encrypts the queue", d.KeyTrouble,
			"correct the key, whose policy "+keyMust+", or run "+d.up(" --kms-key=create"))
	}
}

func (d *diagnosed) checkRules() {
	for _, r := range d.Rules {
		if !r.Enabled {
			d.found("rule "+r.Name+" is disabled, so its events are lost", "somebody disabled it by hand",
				d.up("")+", enables it")
		}
		if r.Failed != nil && *r.Failed > 0 {
			d.found("EventBridge could not put "+stack.Plural(*r.Failed, "event")+" of rule "+r.Name+
				" into the queue within a day",
				"the queue, its policy or its key does not allow the rule to send",
				"the dead letters below, in the queue whose name ends in -undelivered, show the reason; if there are none yet, "+
					"EventBridge is still retrying")
		}
	}
}

// checkForwarder adds what the forwarder reports about its queue and its receiver, unless that is ok.
func (d *diagnosed) checkForwarder() {
	f := d.Forwarder
	switch {
	case f == nil:
		return
	case f.Unreachable != "":
		d.found("the forwarder does not answer: "+f.Unreachable, "",
			"check whether it is running, and whether this is its ADMIN_ADDR")
		return
	}
	if f.Queue != "ok" {
		why := symptom{cure: "check the forwarder's network and its settings for AWS; its log shows the details"}
		if strings.Contains(f.Queue, "AccessDenied") { // all other symptoms in the table are a receiver's
			why = explain("AccessDenied", why)
		}
		d.found("the forwarder's queue: "+f.Queue, why.cause, why.cure)
	}
	if f.Receiver != "ok" {
		why := explain(f.Receiver, symptom{
			cure: "correct the receiver, or the forwarder's settings for it; no event is lost meanwhile",
		})
		d.found("the forwarder's receiver: "+f.Receiver, why.cause, why.cure)
	}
}

// checkQueue finds out whether no forwarder reads the queue, or one has received the events and cannot deliver them.
func (d *diagnosed) checkQueue() {
	q, a := d.Queue, d.Activity
	if q == nil || q.Visible+q.InFlight == 0 {
		return
	}
	what := fmt.Sprintf("in the queue: %s waiting, %d held by a forwarder", stack.Plural(q.Visible, "event"), q.InFlight)
	switch {
	case q.InFlight > 0:
	case a == nil || a.Received == nil || *a.Received == 0: // lately, according to CloudWatch
		d.found(what+", none being delivered",
			"no forwarder reads this queue: it does not run, uses another queue, region or account, or is not permitted to",
			"start a forwarder for the queue "+q.URL+"; it reads the queue if its log has \"forwarding events\" with this URL")
		return
	case a.Deleted == nil || *a.Deleted > 0:
		return
	default:
		what += ", none of those received lately deleted"
	}
	next := "see what the forwarder reports"
	switch {
	case d.Forwarder == nil || d.Forwarder.Unreachable != "":
		next = "to ask the forwarder for the reason, run '" + invocation() + " status --name=" + d.Stack +
			" --from=http://HOST:9090' with the host and the port of its ADMIN_ADDR; its log has the reason, too: " +
			"search it for \"receiver does not accept events\" or \"receiver refuses every event\"" // in forwarder/breaker.go
	case d.Forwarder.Receiver == "ok":
		next = "look again: the forwarder reports that its receiver is available"
	}
	d.found(what, "a forwarder runs, and is delivering them, or its receiver accepts no events, or accepts them more "+
		"slowly than they arrive", next)
}

// checkDeadLetters says why there are dead letters, and how to deliver them.
func (d *diagnosed) checkDeadLetters(q deadLetterQueue) {
	there := q.Queue.Queue + " holds " + stack.Plural(q.Total(), "dead letter")
	if q.Unread != "" {
		d.found(there+", which cannot be read", q.Unread,
			"attach the stack's observer_policy (see stack outputs) to the user or role that runs this command")
		return
	}
	looked := 0
	for _, c := range q.Causes {
		looked += c.Count
	}
	for _, c := range q.Causes {
		what, why := "", symptom{}
		read := fmt.Sprintf("%d of the %d that were read", c.Count, looked)
		switch c.By {
		case byEventBridge:
			what = "EventBridge could not put " + read + " into the queue: " + c.Reason
			why.cause = "the queue, its policy or its key did not allow the rule to send"
			why.cure = d.up("") + ", corrects the queue and its policy; the policy of a key of your own " + keyMust
		case byRedrive:
			what = "no reason is recorded for " + read +
				": they were received too often and never deleted (MAX_RECEIVE_COUNT)"
			why.cause = "the receiver refused them and the forwarder had no DEAD_LETTER_QUEUE_URL, or forwarders were " +
				"stopped or killed again and again while they held them"
			why.cure = "set DEAD_LETTER_QUEUE_URL=" + q.URL + " for the forwarder, which then records the reason; for the " +
				"events so far, search its log for \"receiver refuses the event\""
		case byReceiver:
			what = "the receiver refused " + read + ": " + cmp.Or(c.Reason, fmt.Sprint(c.Status))
			why = explain(c.Reason, symptom{
				cause: "the receiver does not accept such an event; the first one is of type " + cmp.Or(c.EventType, "unknown"),
				cure:  "correct the receiver or FORMAT",
			})
		}
		d.found(there+"; "+what, why.cause,
			why.cure+"; then send them again with "+invocation()+" dead-letters redrive --name="+d.Stack)
	}
}

// checkNoMatches says what can keep events from arriving if no fault was found.
func (d *diagnosed) checkNoMatches() {
	mayMatch := func(r stack.RuleState) bool { return r.Matched == nil || *r.Matched > 0 }
	holdsEvents := d.Queue == nil || d.Queue.Visible+d.Queue.InFlight > 0
	if holdsEvents || len(d.Rules) == 0 || slices.ContainsFunc(d.Rules, mayMatch) {
		return
	}
	d.found("no rule has matched an event within a day",
		"nothing happened that the patterns describe, or it happened outside "+d.Region+", or has other names",
		"stack check shows which patterns match an event, and why others do not; events for API calls need a "+
			"CloudTrail trail in this region, with logging turned on")
}

// symptomTable lists what a user sees if events do not arrive, and the causes. It is searched in this order, and is
// also part of examples/dispatch/README.md.
//
//go:embed failure_causes.md
var symptomTable string

// symptom is a row of the table that quotes a part of a message, word for word.
type symptom struct {
	status      string // of the HTTP response with the message, if it is one
	message     string
	cause, cure string
}

var quotation = regexp.MustCompile("(?m)^\\| (?:(\\d{3}) )?`([^`]+)` \\| (.+) \\| (.+) \\|$")

var symptoms = func() (list []symptom) {
	plain := strings.NewReplacer("`", "") // a terminal does not show Markdown
	for _, row := range quotation.FindAllStringSubmatch(symptomTable, -1) {
		list = append(list, symptom{row[1], row[2], plain.Replace(row[3]), plain.Replace(row[4])})
	}
	return list
}()

// explain returns the symptom that a message contains, or unknown.
func explain(message string, unknown symptom) symptom {
	message = strings.NewReplacer("127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost:8080").Replace(message)
	for _, s := range symptoms {
		if strings.Contains(message, s.message) {
			return s
		}
	}
	return unknown
}
