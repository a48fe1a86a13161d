package stack

import (
	"context"

	"github.com/dispatchframework/dispatch-events-aws/terraform/tap"
)

// tails are the queues and rules of looks at the stack's events, which go with it. That they cannot be looked for keeps nothing
// else from being removed.
func (r *session) tails(ctx context.Context) (list []adoption) {
	found, err := tap.Clients{SQS: r.cloud.sqs, Events: r.cloud.events}.Leftovers(ctx, r.Name)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("what a killed tail may have left could not be looked for: " + err.Error())
	}
	add := func(resourceType, id, name string) {
		list = append(list, adoption{id: id, resourceType: resourceType, line: Line{Kind: kindOf(resourceType), Name: name}})
	}
	for _, l := range found {
		for _, rule := range l.Rules {
			add(targetType, "default/"+rule+"/"+tap.Target, rule)
			add("aws_cloudwatch_event_rule", "default/"+rule, rule)
		}
		if l.URL != "" {
			add("aws_sqs_queue", l.URL, l.Name)
		}
	}
	return list
}
