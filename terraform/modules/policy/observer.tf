locals {
  # Who looks, by status. A look at a dead letter hides it for a moment; nothing else is changed.
  observer_statements = [
    {
      Sid      = "Rules"
      Effect   = "Allow"
      Action   = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
      Resource = [local.rules_arn]
    },
    {
      Sid      = "Queues"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes", "sqs:ListQueueTags"]
      Resource = local.queue_arns
    },
    {
      Sid      = "DeadLetters"
      Effect   = "Allow"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:ReceiveMessage"]
      Resource = local.dead_letter_arns
    },
    {
      Sid       = "ReadDeadLetters"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = [for k in compact([var.kms_key_arn]) : k if length(local.dead_letter_arns) > 0]
      Condition = local.of_the_queues
    },
    {
      Sid      = "Key"
      Effect   = "Allow"
      Action   = ["kms:DescribeKey"]
      Resource = compact([var.kms_key_arn])
    },
    {
      Sid      = "StackKeys"
      Effect   = "Allow"
      Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
      Resource = var.stack_key_arns
    },
    {
      Sid      = "Aliases"
      Effect   = "Allow"
      Action   = ["kms:ListAliases"]
      Resource = [for all in ["*"] : all if var.create_key]
    },
    {
      Sid      = "Lists"
      Effect   = "Allow"
      Action   = ["events:ListRules"]
      Resource = ["*"]
    },
    {
      Sid      = "Metrics"
      Effect   = "Allow"
      Action   = ["cloudwatch:GetMetricStatistics"]
      Resource = ["*"]
    },
    {
      Sid      = "Alarms"
      Effect   = "Allow"
      Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
      Resource = var.alarm_arns
    },
    {
      Sid      = "Dashboard"
      Effect   = "Allow"
      Action   = ["cloudwatch:GetDashboard"]
      Resource = compact([var.dashboard_arn])
    },
    {
      Sid      = "AlarmTopic"
      Effect   = "Allow"
      Action   = ["sns:GetTopicAttributes", "sns:ListTagsForResource"]
      Resource = compact([var.alarm_topic_arn])
    },
    {
      Sid      = "Subscriptions"
      Effect   = "Allow"
      Action   = ["sns:GetSubscriptionAttributes"]
      Resource = [for all in ["*"] : all if var.alarm_topic_arn != null]
    },
    {
      Sid      = "Trail"
      Effect   = "Allow"
      Action   = ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"]
      Resource = compact([var.trail_arn])
    },
    {
      Sid      = "Trails"
      Effect   = "Allow"
      Action   = ["cloudtrail:DescribeTrails"]
      Resource = [for all in ["*"] : all if var.trail_arn != null]
    },
    {
      Sid      = "Buckets"
      Effect   = "Allow"
      Action   = [for a in local.bucket_reads : a if a != "s3:ListBucketVersions"] # that is for down
      Resource = var.bucket_arns
    },
    {
      Sid      = "AdoptedBucket"
      Effect   = "Allow"
      Action   = ["s3:GetBucketNotification", "s3:GetBucketTagging", "s3:GetBucketWebsite", "s3:ListBucket"]
      Resource = compact([var.adopted_bucket_arn])
    },
  ]
}
