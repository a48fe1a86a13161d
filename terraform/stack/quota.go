package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	tfjson "github.com/hashicorp/terraform-json"
)

// busRules is EventBridge's quota of rules on a bus, unless AWS has raised it.
const busRules = 300

// warnOfQuota says before anything is created that a plan makes more rules than the bus takes: AWS refuses the last of
// them only when the rest is there. Each has one target, which is below the quota of five. Whoever may not list rules
// is not warned.
func (r *session) warnOfQuota(ctx context.Context, plan *tfjson.Plan) error {
	more := 0
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_cloudwatch_event_rule" && c.Change.Actions.Create() && c.Change.Importing == nil {
			more++
		}
	}
	if more == 0 {
		return nil
	}
	there, in := 0, &eventbridge.ListRulesInput{}
	for {
		page, err := r.cloud.events.ListRules(ctx, in)
		if err != nil {
			return ctx.Err()
		}
		if there += len(page.Rules); page.NextToken == nil {
			break
		}
		in.NextToken = page.NextToken
	}
	if there+more > busRules {
		r.Report.Note(fmt.Sprintf("warning: the event bus has %d rules and this makes %d more: AWS takes %d unless that quota of EventBridge has been raised",
			there, more, busRules))
	}
	return nil
}
