package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// thing is a resource that a person knows by name. All others are settings of one of them.
type thing struct{ kind, name string }

var things = map[string]thing{
	"aws_cloudwatch_event_rule": {"rule", "name"},
	"aws_sqs_queue":             {"queue", "name"},
	"aws_s3_bucket":             {"bucket", "bucket"},
	"aws_cloudtrail":            {"trail", "name"},
	"aws_kms_key":               {"key", "description"},

	"aws_cloudwatch_metric_alarm": {"alarm", "alarm_name"},
	"aws_cloudwatch_dashboard":    {"dashboard", "dashboard_name"},
	"aws_sns_topic":               {"topic", "name"},
	"aws_sns_topic_subscription":  {"subscription", "endpoint"},
}

// bookkeeping is what Terraform notes for itself: nothing in AWS, and nothing to tell.
const bookkeeping = "terraform_data"

var ranks = []string{
	"aws_cloudwatch_event_rule", "aws_sqs_queue", "aws_s3_bucket", "aws_cloudtrail", "aws_kms_key",
	"aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard", "aws_sns_topic", "aws_sns_topic_subscription",
}

// rank puts the things before their settings, rules first.
func rank(resourceType string) int {
	if at := slices.Index(ranks, resourceType); at >= 0 {
		return at
	}
	return len(ranks)
}

func kindOf(resourceType string) string {
	if t, ok := things[resourceType]; ok {
		return t.kind
	}
	words := strings.TrimPrefix(resourceType, "aws_")
	for _, service := range []string{"cloudwatch_event_", "sqs_", "s3_", "kms_", "sns_"} {
		words = strings.TrimPrefix(words, service)
	}
	return strings.ReplaceAll(words, "_", " ")
}

// ownersIn finds the things of a plan, changed or not, by where they are: a setting is in the same module, under the
// same index, as its thing.
func ownersIn(plan *tfjson.Plan) map[string]Line {
	owners := map[string]Line{}
	for _, c := range plan.ResourceChanges {
		if _, ok := things[c.Type]; ok && c.Mode != tfjson.DataResourceMode {
			owner := lineOf(c, markOf(c.Change))
			owner.Detail = ""
			if _, taken := owners[spot(c)]; !taken {
				owners[spot(c)] = owner
			}
		}
	}
	return owners
}

func spot(c *tfjson.ResourceChange) string { return fmt.Sprint(c.ModuleAddress, " ", c.Index) }

func lineOf(c *tfjson.ResourceChange, mark string) Line {
	values := valuesOf(c)
	name := text(values[things[c.Type].name])
	if name == "" {
		name = c.Address
	}
	return Line{Mark: mark, Kind: kindOf(c.Type), Name: name, Address: c.Address, Detail: detailOf(c, mark), rank: rank(c.Type)}
}

// valuesOf is what a resource is to be, or was when it goes.
func valuesOf(c *tfjson.ResourceChange) map[string]any {
	if after := object(c.Change.After); after != nil {
		return after
	}
	return object(c.Change.Before)
}

// detailOf is what a person wants to know of a change beside the name.
func detailOf(c *tfjson.ResourceChange, mark string) string {
	if mark == "~" || mark == "±" {
		return differences(object(c.Change.Before), object(c.Change.After), object(c.Change.AfterUnknown))
	}
	if mark == "=" {
		found := "exists already and is this stack's"
		if c.Change.Actions.Update() {
			found += ", ~ " + differences(object(c.Change.Before), object(c.Change.After), object(c.Change.AfterUnknown))
		}
		return found
	}
	values := valuesOf(c)
	switch c.Type {
	case "aws_cloudwatch_event_rule":
		if schedule := text(values["schedule_expression"]); schedule != "" {
			return schedule
		}
		return patternWords(text(values["event_pattern"]))
	case "aws_sqs_queue":
		if values["fifo_queue"] == true {
			return "FIFO"
		}
	}
	return ""
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func text(v any) string { s, _ := v.(string); return s }

// differences names the attributes that change, with their values where those are short.
func differences(before, after, unknown map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if unknown[name] == true || name == "tags_all" || fmt.Sprint(before[name]) == fmt.Sprint(after[name]) {
			continue
		}
		if from, to := short(before[name]), short(after[name]); from != "" || to != "" {
			name = fmt.Sprintf("%s %s → %s", name, orDots(from), orDots(to))
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

func orDots(s string) string {
	if s == "" {
		return "…"
	}
	return s
}

// short is a scalar's text, and nothing for what would fill a line.
func short(v any) string {
	switch v.(type) {
	case map[string]any, []any, nil:
		return ""
	}
	if s := fmt.Sprint(v); len(s) <= 40 {
		return s
	}
	return ""
}
