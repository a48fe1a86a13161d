package terraform_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/terraform"
)

// both is what of the AWS provider the modules may use: the arguments, blocks and attributes of each type that are in
// 5.100 and in 6.x, none of them deprecated in either. What is new stands in one of the two only until somebody has
// looked it up in both: the upgrade guide of version 6 renames and removes, and data.aws_region has name in 5 and
// region in 6, but id in both.
var both = map[string]string{
	"aws_cloudtrail": `
		advanced_event_selector advanced_event_selector.field_selector
		advanced_event_selector.field_selector.equals advanced_event_selector.field_selector.field
		advanced_event_selector.field_selector.starts_with advanced_event_selector.name
		enable_log_file_validation include_global_service_events name s3_bucket_name
		tags`,
	"aws_cloudwatch_event_archive": "description event_pattern event_source_arn name retention_days",
	"aws_cloudwatch_event_rule": `
		description event_bus_name event_pattern name schedule_expression state tags`,
	"aws_cloudwatch_event_target": `
		arn dead_letter_config dead_letter_config.arn event_bus_name retry_policy
		retry_policy.maximum_event_age_in_seconds retry_policy.maximum_retry_attempts rule sqs_target
		sqs_target.message_group_id target_id`,
	"aws_cloudwatch_metric_alarm": `
		alarm_actions alarm_description alarm_name comparison_operator datapoints_to_alarm dimensions
		evaluation_periods metric_name metric_query metric_query.expression metric_query.id
		metric_query.label metric_query.metric metric_query.metric.dimensions
		metric_query.metric.metric_name metric_query.metric.namespace metric_query.metric.period
		metric_query.metric.stat metric_query.return_data namespace ok_actions period statistic tags
		threshold treat_missing_data`,
	"aws_kms_key":   "arn deletion_window_in_days description enable_key_rotation policy tags",
	"aws_s3_bucket": "bucket force_destroy id tags",
	"aws_s3_bucket_lifecycle_configuration": `
		bucket rule rule.abort_incomplete_multipart_upload
		rule.abort_incomplete_multipart_upload.days_after_initiation rule.expiration rule.expiration.days
		rule.expiration.expired_object_delete_marker rule.filter rule.id rule.noncurrent_version_expiration
		rule.noncurrent_version_expiration.noncurrent_days rule.status`,
	"aws_s3_bucket_notification":       "bucket eventbridge",
	"aws_s3_bucket_ownership_controls": "bucket rule rule.object_ownership",
	"aws_s3_bucket_policy":             "bucket policy",
	"aws_s3_bucket_public_access_block": `
		block_public_acls block_public_policy bucket ignore_public_acls restrict_public_buckets`,
	"aws_s3_bucket_server_side_encryption_configuration": `
		bucket rule rule.apply_server_side_encryption_by_default
		rule.apply_server_side_encryption_by_default.sse_algorithm`,
	"aws_s3_bucket_versioning":   "bucket versioning_configuration versioning_configuration.status",
	"aws_sns_topic":              "arn kms_master_key_id name policy tags",
	"aws_sns_topic_subscription": "endpoint protocol topic_arn",
	"aws_sqs_queue": `
		arn content_based_deduplication deduplication_scope fifo_queue fifo_throughput_limit
		kms_master_key_id max_message_size message_retention_seconds name policy receive_wait_time_seconds
		redrive_allow_policy redrive_policy sqs_managed_sse_enabled tags url visibility_timeout_seconds`,
	"data.aws_caller_identity": "account_id",
	"data.aws_partition":       "partition",
	"data.aws_region":          "id",
	"data.aws_s3_bucket":       "bucket id",
	"data.aws_sqs_queue":       "name url",
	"terraform_data":           "input",
}

// meta are arguments of Terraform's own.
var meta = []string{"count", "depends_on", "for_each", "lifecycle", "provider"}

// TestProvidersHaveEverything holds what the modules use against what both majors of the provider have.
func TestProvidersHaveEverything(t *testing.T) {
	used := map[string]bool{}
	for name := range walk(t) {
		text, err := fs.ReadFile(terraform.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range append(arguments(string(text)), references(string(text))...) {
			used[use] = true
		}
	}
	has := map[string]bool{}
	for kind, names := range both {
		for name := range strings.FieldsSeq(names) {
			has[kind+" "+name] = true
			if !used[kind+" "+name] {
				t.Errorf("%s %s is in the table, and not used", kind, name)
			}
		}
	}
	for use := range used {
		if !has[use] {
			t.Errorf("%s is used: look whether 5.100 and 6.x both have it, and add it to the table", use)
		}
	}
}

var (
	resourceLine  = regexp.MustCompile(`^(resource|data) "(\w+)" "\w+" \{$`)
	blockLine     = regexp.MustCompile(`^\s*(?:dynamic "(\w+)"|(\w+)) \{(\}?)$`)
	argumentLine  = regexp.MustCompile(`^\s*(\w+)\s+= (.*)$`)
	referenceForm = regexp.MustCompile(`\b(data\.)?((?:aws|terraform)_\w+)\.\w+(?:\[[^\]]*\])?\.(\w+)`)
)

// arguments finds the arguments and blocks of resources, as terraform fmt has them: each begins a line, and what it is
// set to ends where its brackets are closed.
func arguments(text string) (found []string) {
	var kind string
	var blocks []string
	depth := 0 // of the value that is being read
	for line := range strings.SplitSeq(text, "\n") {
		line, _, _ = strings.Cut(line, " #")
		if kind == "" || depth > 0 {
			if m := resourceLine.FindStringSubmatch(line); m != nil && depth == 0 {
				kind, blocks = strings.TrimPrefix(m[1]+".", "resource.")+m[2], nil
			} else if kind != "" {
				depth += brackets(line)
			}
			continue
		}
		name := ""
		if m := blockLine.FindStringSubmatch(line); m != nil {
			if name = m[1] + m[2]; name != "content" {
				name = join(blocks, name)
			}
			if m[3] == "" {
				blocks = append(blocks, m[1]+m[2])
			}
		} else if m := argumentLine.FindStringSubmatch(line); m != nil {
			name = join(blocks, m[1])
			depth = brackets(m[2])
		} else if strings.TrimSpace(line) == "}" {
			if len(blocks) == 0 {
				kind = ""
				continue
			}
			blocks = blocks[:len(blocks)-1]
		}
		own := strings.Split(name, ".")
		if name != "" && name != "content" && !slices.Contains(meta, own[0]) && !slices.Contains(meta, own[len(own)-1]) {
			found = append(found, kind+" "+name)
		}
	}
	return found
}

func join(blocks []string, name string) string {
	path := slices.DeleteFunc(slices.Clone(blocks), func(b string) bool { return b == "content" })
	return strings.Join(append(path, name), ".")
}

// brackets is how many a line opens more than it closes; strings hold none but balanced ones here.
func brackets(line string) (n int) {
	for _, r := range line {
		if strings.ContainsRune("([{", r) {
			n++
		} else if strings.ContainsRune(")]}", r) {
			n--
		}
	}
	return n
}

// references finds the attributes of resources that expressions read.
func references(text string) (found []string) {
	for _, m := range referenceForm.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1]+m[2]+" "+m[3])
	}
	return found
}
