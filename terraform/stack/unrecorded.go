package stack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/dispatchframework/dispatch-events-aws/terraform/tap"
)

// adoption is a resource of the stack that AWS has and the state has not: the plan takes it into the state, or it is
// deleted.
type adoption struct {
	address, id, resourceType string
	line                      Line
	why                       string // it is deleted
	copies                    bool   // a queue whose messages are copies of the stack's
}

// unrecorded is what a run that was cut off made and did not record, for a run that has other variables: with the same
// ones its own plan finds them.
func (r *session) unrecorded(ctx context.Context) ([]adoption, error) {
	if !r.unsure {
		return nil, nil
	}
	before, err := os.ReadFile(r.folder.variables())
	if err != nil {
		return nil, fmt.Errorf("read the last run's variables: %w", err)
	}
	now, err := os.ReadFile(r.folder.proposed())
	if err == nil && bytes.Equal(before, now) {
		return nil, nil
	}
	return r.findUnrecorded(ctx)
}

// findUnrecorded finds, with the variables of a run that was cut off, what it made and did not record.
func (r *session) findUnrecorded(ctx context.Context) ([]adoption, error) {
	r.Report.Note("the last up did not come to its end: looking for what it made")
	plan, err := r.terraform.changes(ctx, r.progress(ctx, nil), r.folder.variables(), false, false)
	if err != nil {
		return nil, err
	}
	needs, err := examine(ctx, plan, r.cloud, r.Name, r.claim(Options{}))
	for i := range needs.adopt {
		needs.adopt[i].why = "made by the run that was cut off, and not recorded"
	}
	return needs.adopt, err
}

// without leaves out of a list what is adopted.
func without(list, adopted []adoption) []adoption {
	return slices.DeleteFunc(slices.Clone(list), func(s adoption) bool {
		return slices.ContainsFunc(adopted, func(a adoption) bool { return a.resourceType == s.resourceType && a.id == s.id })
	})
}

// foreignRules are the rules of a stack that another state knows: those that bear its tag and that no plan here names.
// A stack that is new here must not have any, unless it is taken over: then they go with the rest of what it was.
func (r *session) foreignRules(ctx context.Context, p *proposal, o Options) ([]adoption, error) {
	if !o.AdoptStack && (held(p.plan) || r.journal.Unfinished == "up") {
		return nil, nil
	}
	known := map[string]bool{}
	for _, c := range p.plan.ResourceChanges {
		known[text(valuesOf(c)["name"])] = true
	}
	found, err := r.cloud.rulesOf(ctx, r.Name, known)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if !o.AdoptStack {
		e := &TakeoverError{Stack: r.Name, State: r.state.String()}
		for _, f := range found {
			e.Found = append(e.Found, Foreign{What: "rule " + f.name, State: f.state})
		}
		return nil, e
	}
	var list []adoption
	for _, f := range found {
		targets, err := r.cloud.events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &f.name})
		if err != nil {
			return nil, fmt.Errorf("look at the rule %s: %w", f.name, err)
		}
		rule := ruleLine("aws_cloudwatch_event_rule", f.id, f.name)
		rule.why = "of the stack that is taken over, and not among these settings"
		for _, t := range targets.Targets {
			target := ruleLine(targetType, f.id+"/"+aws.ToString(t.Id), f.name)
			target.why = "which sends to " + aws.ToString(t.Arn)
			list = append(list, target)
		}
		list = append(list, rule)
	}
	return list, nil
}

func ruleLine(resourceType, id, name string) adoption {
	return adoption{id: id, resourceType: resourceType, line: Line{Kind: kindOf(resourceType), Name: name}}
}

// held tells whether the state that a plan was made from holds anything of the stack. A plan without changes was not
// read: it has nothing to create.
func held(plan *tfjson.Plan) bool {
	if len(plan.ResourceChanges) == 0 {
		return true
	}
	return slices.ContainsFunc(plan.ResourceChanges, func(c *tfjson.ResourceChange) bool {
		return c.Mode != tfjson.DataResourceMode && !c.Change.Actions.Create() && c.Change.Importing == nil
	})
}

// rulesOf finds the rules that bear a stack's tag, but for those that are known by their names.
func (c *cloud) rulesOf(ctx context.Context, stack string, known map[string]bool) (list []existing, err error) {
	in := &eventbridge.ListRulesInput{NamePrefix: aws.String(stack + ".")}
	for {
		page, err := c.events.ListRules(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list the rules that begin with %s.: %w", stack, err)
		}
		for _, rule := range page.Rules {
			name := aws.ToString(rule.Name)
			if known[name] {
				continue
			}
			tags, err := c.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: rule.Arn})
			if code := codeOf(err); code == "AccessDeniedException" || code == "ResourceNotFoundException" {
				continue // another stack's, whose name begins alike; or gone meanwhile
			}
			if err != nil {
				return nil, fmt.Errorf("read the tags of the rule %s: %w", name, err)
			}
			found := existing{id: "default/" + name, name: name}
			for _, t := range tags.Tags {
				found.see(aws.ToString(t.Key), aws.ToString(t.Value))
			}
			if found.stack == stack {
				list = append(list, found)
			}
		}
		if page.NextToken == nil {
			return list, nil
		}
		in.NextToken = page.NextToken
	}
}

// tailQueues are the queues and rules of looks at the stack's events, which go with it. That they cannot be looked for
// keeps nothing else from being removed.
func (r *session) tailQueues(ctx context.Context) (list []adoption) {
	found, err := tap.Clients{SQS: r.cloud.sqs, Events: r.cloud.events}.Leftovers(ctx, r.Name)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("what a killed tail may have left could not be looked for: " + err.Error())
	}
	for _, l := range found {
		for _, rule := range l.Rules {
			list = append(list, ruleLine(targetType, "default/"+rule+"/"+tap.Target, rule), ruleLine("aws_cloudwatch_event_rule", "default/"+rule, rule))
		}
		if l.URL != "" {
			queue := ruleLine("aws_sqs_queue", l.URL, l.Name)
			queue.copies = true
			list = append(list, queue)
		}
	}
	for i := range list {
		list[i].why = "of a tail that was killed, or still looks on"
	}
	return list
}

// removed adds to a plan what is deleted without Terraform, which knows nothing of it.
func (p *Plan) removed(list []adoption) {
	for _, a := range list {
		l := a.line
		l.note(a.why)
		l.Mark, l.Address = "-", a.address
		p.Lines = append(p.Lines, l)
		p.Remove++
	}
}

// removal is the order in which resources can go: what hangs on another one before it.
var removal = []string{
	targetType, "aws_cloudwatch_event_rule", "aws_cloudtrail", "aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard", "aws_sns_topic",
	"aws_sqs_queue", "aws_s3_bucket", "aws_kms_alias", "aws_kms_key",
}

// removeAll deletes what no state holds.
func (c *cloud) removeAll(ctx context.Context, list []adoption) error {
	for _, resourceType := range removal {
		for _, a := range list {
			if a.resourceType != resourceType {
				continue
			}
			if err := c.remove(ctx, a); err != nil {
				return fmt.Errorf("delete the %s: %w", a.line.label(), err)
			}
		}
	}
	return nil
}

func (c *cloud) remove(ctx context.Context, a adoption) (err error) {
	switch a.resourceType {
	case targetType: // default/rule/target
		parts := strings.Split(a.id, "/")
		_, err = c.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &parts[1], Ids: []string{parts[2]}})
	case "aws_cloudwatch_event_rule":
		_, err = c.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String(strings.TrimPrefix(a.id, "default/"))})
	case "aws_cloudtrail":
		_, err = c.trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: &a.id})
	case "aws_cloudwatch_metric_alarm":
		_, err = c.metrics.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{a.id}})
	case "aws_cloudwatch_dashboard":
		_, err = c.metrics.DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{a.id}})
	case "aws_sns_topic":
		_, err = c.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &a.id})
	case "aws_sqs_queue":
		_, err = c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &a.id})
	case "aws_s3_bucket":
		_, err = c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &a.id})
	case "aws_kms_alias":
		_, err = c.keys.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &a.id})
	case "aws_kms_key":
		_, err = c.keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &a.id, PendingWindowInDays: aws.Int32(7)})
	}
	return err
}

// queuesAmong are the names of the queues among resources.
func queuesAmong(list []adoption) (names []string) {
	for _, a := range list {
		if a.resourceType == "aws_sqs_queue" {
			names = append(names, a.line.Name)
		}
	}
	return names
}
