package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/terraform"
)

const (
	here     = "eu-west-1:123456789012:"
	ownKey   = "arn:aws:kms:" + here + "key/own"
	topicKey = "arn:aws:kms:" + here + "key/topic"
	otherKey = "arn:aws:kms:" + here + "key/other"

	stackTag  = "dispatch-events-aws:stack"
	requested = "aws:RequestTag/" + stackTag
	tagged    = "aws:ResourceTag/" + stackTag
	tagKeys   = "aws:TagKeys"
	target    = "events:TargetArn"
	sealed    = "kms:EncryptionContext:aws:sqs:arn"
)

// on returns a call; context is pairs of a key and a value.
func on(action, resource string, context ...string) call {
	c := call{Action: action, Resource: resource, Context: map[string][]string{}}
	for i := 0; i < len(context); i += 2 {
		c.Context[context[i]] = append(c.Context[context[i]], context[i+1])
	}
	return c
}

func queueARN(name string) string { return "arn:aws:sqs:" + here + name }
func ruleARN(name string) string  { return "arn:aws:events:" + here + "rule/" + name }

// rendered returns the policies of a stack called dispatch that uses every feature.
func rendered(t *testing.T) map[string][]statement {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not on the PATH")
	}
	folder := t.TempDir()
	module, err := fs.Sub(terraform.Files, "modules/policy")
	check(t, err)
	check(t, os.CopyFS(folder, module))
	variables, err := json.Marshal(map[string]any{
		"name": "dispatch", "queue_arn": queueARN("dispatch"),
		"dead_letter_queue_arn":          queueARN("dispatch-dead-letters"),
		"delivery_dead_letter_queue_arn": queueARN("dispatch-undelivered"),
		"kms_key_arn":                    ownKey, "create_key": true, "tag_keys": []string{"team"},
		"bucket_arns": []string{"arn:aws:s3:::pictures"}, "force_destroy": true,
		"adopted_bucket_arn": "arn:aws:s3:::theirs",
		"trail_arn":          "arn:aws:cloudtrail:" + here + "trail/dispatch-trail",
		"alarms": map[string]any{
			"alarm_arns":  []string{"arn:aws:cloudwatch:" + here + "alarm:dispatch-age"},
			"kms_key_arn": topicKey,
			"topic_arn":   "arn:aws:sns:" + here + "dispatch-alarms",
		},
	})
	check(t, err)
	check(t, os.WriteFile(filepath.Join(folder, "terraform.tfvars.json"), variables, 0o600))
	var out bytes.Buffer
	for _, args := range [][]string{{"init"}, {"apply", "-auto-approve"}, {"output", "-json"}} {
		out.Reset()
		cmd := exec.CommandContext(t.Context(), "terraform", args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &out, t.Output()
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE=", "TF_CLI_ARGS=", "TF_DATA_DIR=", "CHECKPOINT_DISABLE=1")
		check(t, cmd.Run())
	}
	var outputs map[string]struct{ Value any }
	check(t, json.Unmarshal(out.Bytes(), &outputs))
	values := map[string]any{}
	for name, output := range outputs {
		values[name] = output.Value
	}
	return documents(t, values)
}

// forged are calls for each policy: those that it permits, and similar ones that it must not permit.
var forged = map[string]struct{ may, mayNot []call }{
	"forwarder_policy": {
		may: []call{
			on("sqs:ReceiveMessage", queueARN("dispatch")),
			on("sqs:SendMessage", queueARN("dispatch-dead-letters")),
			on("kms:Decrypt", ownKey, sealed, queueARN("dispatch")),
			on("kms:GenerateDataKey", ownKey, sealed, queueARN("dispatch-dead-letters")),
		},
		mayNot: []call{
			on("sqs:SendMessage", queueARN("dispatch")),
			on("sqs:ReceiveMessage", queueARN("dispatch-dead-letters")),
			on("sqs:PurgeQueue", queueARN("dispatch")),
			on("kms:Decrypt", ownKey, sealed, queueARN("dispatch-prod")),
			on("kms:Decrypt", ownKey, "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::pictures"),
			on("kms:Decrypt", ownKey),
			on("kms:Decrypt", topicKey, sealed, queueARN("dispatch")),
		},
	},
	"operator_policy": {
		may: []call{
			on("events:PutRule", ruleARN("dispatch.ec2")),
			on("events:PutTargets", ruleARN("dispatch.ec2"), target, queueARN("dispatch")),
			on("events:DeleteRule", ruleARN("dispatch_tail-abcd-0")),
			on("sqs:TagQueue", queueARN("dispatch")),
			on("kms:ScheduleKeyDeletion", topicKey),
			on("kms:Decrypt", ownKey, sealed, queueARN("dispatch-dead-letters")),
		},
		mayNot: []call{
			on("events:PutTargets", ruleARN("dispatch.ec2"), target, queueARN("dispatch-prod")),
			on("events:PutTargets", ruleARN("dispatch.ec2"), target, queueARN("dispatch"), target, queueARN("x")),
			on("events:PutTargets", ruleARN("dispatch.ec2")),
			on("events:PutRule", ruleARN("dispatch_tail-abcd-0")),
			on("sqs:ReceiveMessage", queueARN("dispatch")),
			on("kms:CreateKey", "*", requested, "dispatch"),
			on("kms:TagResource", otherKey, requested, "dispatch"),
			on("kms:Decrypt", ownKey, sealed, queueARN("dispatch-prod")),
			on("kms:Decrypt", topicKey),
			on("s3:GetObject", "arn:aws:s3:::pictures/images/a"),
			on("s3:DeleteObject", "arn:aws:s3:::theirs/a"),
			on("s3:DeleteBucket", "arn:aws:s3:::theirs"),
			on("s3:PutBucketPolicy", "arn:aws:s3:::theirs"),
			on("iam:PassRole", "arn:aws:iam::123456789012:role/any"),
		},
	},
	"key_maker_policy": {
		may: []call{
			on("kms:TagResource", "*", requested, "dispatch", tagKeys, stackTag, tagKeys, "team"),
			on("kms:EnableKeyRotation", ownKey, tagged, "dispatch"),
		},
		mayNot: []call{
			on("kms:CreateKey", "*"),
			on("kms:CreateKey", "*", requested, "dispatch-prod", tagKeys, stackTag),
			on("kms:TagResource", otherKey, requested, "dispatch", tagKeys, stackTag, tagKeys, "admin"),
			on("kms:TagResource", otherKey, requested, "dispatch", tagKeys, stackTag, tagged, "dispatch-prod"),
			on("kms:EnableKeyRotation", otherKey, tagged, "dispatch-prod"),
			on("kms:EnableKeyRotation", otherKey),
		},
	},
	"observer_policy": {
		may: []call{
			on("events:DescribeRule", ruleARN("dispatch.ec2")),
			on("kms:Decrypt", ownKey, sealed, queueARN("dispatch")),
		},
		mayNot: []call{
			on("events:PutRule", ruleARN("dispatch.ec2")),
			on("events:PutRule", ruleARN("dispatch_tail-abcd-0")),
			on("sqs:CreateQueue", queueARN("dispatch_tail-abcd")),
			on("sqs:SendMessage", queueARN("dispatch")),
			on("sqs:ReceiveMessage", queueARN("dispatch")),
			on("sqs:DeleteMessage", queueARN("dispatch-dead-letters")),
			on("sqs:PurgeQueue", queueARN("dispatch-dead-letters")),
			on("kms:GenerateDataKey", ownKey, sealed, queueARN("dispatch")),
			on("kms:Decrypt", ownKey),
		},
	},
	"tail_policy": {
		may: []call{
			on("events:PutRule", ruleARN("dispatch_tail-abcd-0")),
			on("events:PutTargets", ruleARN("dispatch_tail-abcd-0"), target, queueARN("dispatch_tail-abcd")),
			on("sqs:ReceiveMessage", queueARN("dispatch_tail-abcd")),
		},
		mayNot: []call{
			on("events:PutRule", ruleARN("dispatch.ec2")),
			on("events:PutRule", ruleARN("dispatch.tail-abcd-0")),
			on("events:DeleteRule", ruleARN("dispatch.tail-mine")),
			on("events:PutTargets", ruleARN("dispatch_tail-abcd-0")),
			on("events:PutTargets", ruleARN("dispatch_tail-abcd-0"), target, queueARN("dispatch")),
			on("events:PutTargets", ruleARN("dispatch_tail-abcd-0"), target, "arn:aws:lambda:"+here+"function:x"),
			on("sqs:ReceiveMessage", queueARN("dispatch")),
			on("sqs:DeleteQueue", queueARN("dispatch-dead-letters")),
		},
	},
	"dead_letters_policy": {
		may: []call{
			on("sqs:DeleteMessage", queueARN("dispatch-undelivered")),
			on("sqs:SendMessage", queueARN("dispatch")),
		},
		mayNot: []call{
			on("sqs:PurgeQueue", queueARN("dispatch-undelivered")),
			on("sqs:PurgeQueue", queueARN("dispatch")),
			on("sqs:ReceiveMessage", queueARN("dispatch")),
			on("sqs:DeleteMessage", queueARN("dispatch")),
			on("sqs:DeleteQueue", queueARN("dispatch-dead-letters")),
			on("kms:Decrypt", ownKey, sealed, queueARN("dispatch-prod")),
		},
	},
	"put_events_policy": {
		may:    []call{on("events:PutEvents", "arn:aws:events:"+here+"event-bus/default")},
		mayNot: []call{on("events:PutEvents", "arn:aws:events:"+here+"event-bus/orders")},
	},
}

// TestPoliciesRefuse checks each policy with made-up calls.
func TestPoliciesRefuse(t *testing.T) {
	t.Parallel()
	policies := rendered(t)
	if got, want := slices.Sorted(maps.Keys(policies)), slices.Sorted(maps.Keys(forged)); !slices.Equal(got, want) {
		t.Errorf("there are the policies %v, calls are made up for %v", got, want)
	}
	for name, policy := range policies {
		t.Run(name, func(t *testing.T) {
			for _, c := range forged[name].may {
				if !permits(t, policy, c) {
					t.Errorf("not permitted: %+v", c)
				}
			}
			for _, c := range forged[name].mayNot {
				if permits(t, policy, c) {
					t.Errorf("permitted: %+v", c)
				}
			}
			noneElse(t, policy)
		})
	}
	t.Run("a tag takes no key over", func(t *testing.T) {
		everybody := slices.Concat(slices.Collect(maps.Values(policies))...)
		for _, action := range []string{
			"Decrypt", "CreateGrant", "DisableKey", "GenerateDataKey", "PutKeyPolicy", "ScheduleKeyDeletion", "UntagResource",
		} {
			if permits(t, everybody, on("kms:"+action, otherKey, tagged, "dispatch", sealed, queueARN("dispatch"))) {
				t.Errorf("a key that somebody tagged is open to kms:%s", action)
			}
		}
	})
}

// noneElse tries every permission on resources with similar names, in another region, or of another account: nothing is
// permitted there, whatever the context of the call. It skips keys without an ARN yet, which only a tag identifies.
func noneElse(t *testing.T, policy []statement) {
	t.Helper()
	for _, s := range policy {
		if s.Condition["StringEquals"][tagged] != nil {
			continue
		}
		for _, resource := range s.Resource {
			for _, action := range s.Action {
				for _, other := range alike(resource) {
					if c := (call{Action: action, Resource: other, Context: contextOf(s)}); permits(t, policy, c) {
						t.Errorf("permitted: %+v", c)
					}
				}
			}
		}
	}
}

// alike returns names that the resources of somebody else can have.
func alike(resource string) (others []string) {
	own := strings.ReplaceAll(resource, "*", "x")
	for from, to := range map[string]string{
		"dispatch.": "dispatch-prod.", "dispatch_": "dispatch-prod_", "dispatch": "dispatch-prod", "eu-west-1": "eu-west-2",
		"123456789012": "210987654321", "pictures": "pictures-prod", "theirs": "theirs-prod", "key/": "key/x",
	} {
		if other := strings.Replace(own, from, to, 1); other != own {
			others = append(others, other)
		}
	}
	return others
}

// contextOf returns a context that meets the conditions of a statement.
func contextOf(s statement) map[string][]string {
	found := map[string][]string{}
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			if operator != "Null" {
				found[key] = []string{strings.ReplaceAll(wanted[0], "*", "x")}
			}
		}
	}
	return found
}
