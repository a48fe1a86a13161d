package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// well returns the status of a stack without faults.
func well() *diagnosed {
	return diagnosedOf(stack.Status{
		Stack:     "mine",
		Region:    "us-west-2",
		Resources: []stack.Resource{{Kind: "queue", Name: "mine"}},
		Queue: &stack.Queue{
			Queue: "mine",
			URL:   "http://q/mine",
		},
		DeadLetters: []stack.Queue{{Queue: "mine-dead-letters", URL: "http://q/dead"}},
		Rules: []stack.RuleState{
			{Name: "mine-ec2", Enabled: true, Sources: []string{"aws.ec2", "my shop"}, Matched: aws.Int(3)},
		},
	}, nil)
}

// diagnosedOf returns the diagnosis of a stack whose dead letters nobody has read.
func diagnosedOf(s stack.Status, from *readiness) *diagnosed {
	d := &diagnosed{Status: s, Forwarder: from}
	for _, q := range s.DeadLetters {
		d.DeadLetters = append(d.DeadLetters, deadLetterQueue{Queue: q})
	}
	d.diagnose()
	return d
}

// unchanged does not change the status of a stack without faults.
func unchanged(*diagnosed) {}

// dead puts dead letters into the first of the stack's dead-letter queues.
func dead(causes ...cause) func(*diagnosed) {
	return func(s *diagnosed) {
		s.DeadLetters[0].Visible = 7
		s.DeadLetters[0].Causes = causes
	}
}

// upWithAll is how every finding that up corrects ends or goes on.
const upWithAll = " up --name=mine, with all other settings of the last 'stack up'"

// diagnoses are faults of a stack or of its forwarder, and the expected findings.
var diagnoses = map[string]struct {
	change func(*diagnosed)
	from   *readiness
	want   string // parts, separated by |, of one finding each unless there is only one finding
}{
	"well":     {unchanged, nil, ""},
	"no stack": {func(s *diagnosed) { *s = diagnosed{Status: stack.Status{Stack: "mine"}} }, nil, ""},
	"no queue": {
		func(s *diagnosed) { s.Queue = nil },
		nil,
		"the queue does not exist|" + upWithAll,
	},
	"drift": {
		func(s *diagnosed) { s.Drift = []stack.Line{{}} },
		nil,
		"differs from its configuration|" + upWithAll,
	},
	"rule off": {
		func(s *diagnosed) { s.Rules[0].Enabled = false },
		nil,
		"rule mine-ec2 is disabled|" + upWithAll + ", enables it",
	},
	"rule fails": {
		func(s *diagnosed) { s.Rules[0].Failed = aws.Int(1) },
		nil,
		"could not put 1 event of rule mine-ec2",
	},
	"key": {
		func(s *diagnosed) { s.Key, s.KeyTrouble = "k", "its state is Disabled" },
		nil,
		"cannot use the key k|its state is Disabled| up --name=mine --kms-key=create, with all other settings",
	},
	"nobody reads": {
		func(s *diagnosed) { s.Queue.Visible = 1 },
		nil,
		"in the queue: 1 event waiting, 0 held by a forwarder, none being|no forwarder reads|http://q/mine",
	},
	"held": {
		func(s *diagnosed) { s.Queue.InFlight = 2 },
		nil,
		"in the queue: 0 events waiting, 2 held by a forwarder|--from=http://HOST:9090",
	},
	"held and more": {
		func(s *diagnosed) { s.Queue.InFlight, s.Queue.Visible = 1, 2 },
		nil,
		"in the queue: 2 events waiting, 1 held by a forwarder|a forwarder runs",
	},
	"none deleted": {
		func(s *diagnosed) {
			s.Queue.Visible = 2
			s.Activity = &stack.Activity{Received: aws.Int(9), Deleted: aws.Int(0)}
		},
		nil,
		"none of those received lately deleted",
	},
	"nothing came": {
		func(s *diagnosed) { s.Rules[0].Matched = aws.Int(0) },
		nil,
		"no rule has matched an event within a day|us-west-2",
	},
	"refused": {
		dead(cause{
			Count:  5,
			By:     byReceiver,
			Status: 422,
			Reason: "422: cloudEventsVersion in body is required",
		}),
		nil,
		"holds 7 dead letters; the receiver refused 5 of the 5 that were read: 422: cloud|other field names|" +
			"remove SINK_URL and FORMAT",
	},
	"refused oddly": {
		dead(cause{Count: 1, By: byReceiver, Status: 418, EventType: "aws.s3"}),
		nil,
		"the receiver refused 1 of the 1 that were read: 418|of type aws.s3| dead-letters redrive --name=mine",
	},
	"too often": {
		dead(cause{Count: 1, By: byRedrive}),
		nil,
		"MAX_RECEIVE_COUNT|DEAD_LETTER_QUEUE_URL=http://q/dead",
	},
	"undelivered": {
		dead(cause{Count: 1, By: byEventBridge, Reason: "NO_PERMISSIONS: x"}),
		nil,
		"EventBridge could not put 1 of the 1 that were read into the queue: NO_PERMISSIONS: x|" +
			upWithAll + ", corrects the queue|kms:Decrypt",
	},
	"may not look": {
		func(s *diagnosed) {
			s.DeadLetters[0].Visible = 1
			s.DeadLetters[0].Unread = "AccessDenied"
		},
		nil,
		"cannot be read|AccessDenied|observer_policy",
	},
	"forwarder well": {unchanged, &readiness{Queue: "ok", Receiver: "ok"}, ""},
	"forwarder gone": {
		unchanged,
		&readiness{Unreachable: "connection refused"},
		"does not answer: connection refused|ADMIN_ADDR",
	},
	"token": {
		unchanged,
		&readiness{Queue: "ok", Receiver: "401: token not recognized"}, //nolint:misspell // Dispatch's words
		"forwarder's receiver: 401|AUTH_TOKEN|docker rm --force",
	},
	"unknown rules": {
		func(s *diagnosed) { s.UnknownRules = []string{"mine-x"} },
		nil,
		"these rules, which have the tag of the stack: mine-x| up --name=mine --adopt-stack, with all other settings",
	},
	"not reached": {
		unchanged,
		&readiness{Queue: "ok", Receiver: "not reached yet"},
		"forwarder's receiver: not reached yet|look again in a minute",
	},
	"no address": {
		unchanged,
		&readiness{
			Queue:    "ok",
			Receiver: "not reached yet: dial tcp [::1]:8080: connect: connection refused",
		},
		"forwarder's receiver: not reached yet|Solo runs without --events-gateway|" +
			"--set dispatch-api-endpoint=HOST:8080",
	},
	"no permission": {
		unchanged,
		&readiness{Queue: "receive: AccessDenied", Receiver: "ok"},
		"forwarder's queue: receive|forwarder_policy",
	},
	"no such host of SQS": {
		unchanged,
		&readiness{Queue: "receive: dial tcp: lookup sqs.us-east-1.amazonaws.com: no such host", Receiver: "ok"},
		"no such host\n     → check the forwarder's network and its settings for AWS",
	},
}

func TestDiagnosis(t *testing.T) {
	for name, c := range diagnoses {
		t.Run(name, func(t *testing.T) {
			d := well()
			c.change(d)
			d.Forwarder = c.from
			d.diagnose()
			out := render("status.txt", d)
			if (c.want == "") != (len(d.Diagnosis) == 0) || len(d.Diagnosis) > 1 {
				t.Errorf("%d findings", len(d.Diagnosis))
			}
			for want := range strings.SplitSeq(c.want, "|") {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing", want)
				}
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

func TestDiagnosisPointsAtTheForwarder(t *testing.T) {
	s := well()
	s.Queue.InFlight = 3
	for says, want := range map[string]string{"ok": "look again", "401": "see what the forwarder reports"} {
		s.Forwarder = &readiness{Queue: "ok", Receiver: says}
		s.diagnose()
		if last := s.Diagnosis[len(s.Diagnosis)-1]; !strings.HasPrefix(last.Next, want) {
			t.Errorf("receiver %s: %+v", says, last)
		}
	}
}

func TestEventTypesAreWhatDispatchIsSent(t *testing.T) {
	if got := strings.Join(well().EventTypes, " "); got != "aws.ec2 my-shop" {
		t.Error(got)
	}
}
