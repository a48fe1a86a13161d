locals {
  dead_letter_arns = compact([var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn])

  # Who looks: status, tail and dead-letters. Nothing of the stack is changed but where its dead letters are.
  observer_statements = concat(
    [
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
        Sid      = "Metrics"
        Effect   = "Allow"
        Action   = ["cloudwatch:GetMetricStatistics"]
        Resource = ["*"]
      },
      {
        Sid    = "TailRules"
        Effect = "Allow"
        Action = [
          "events:DeleteRule",
          "events:PutRule",
          "events:PutTargets",
          "events:RemoveTargets",
          "events:TagResource",
        ]
        Resource = [local.tail_rules_arn]
      },
      {
        Sid    = "TailQueues"
        Effect = "Allow"
        Action = [
          "sqs:CreateQueue",
          "sqs:DeleteMessage",
          "sqs:DeleteQueue",
          "sqs:GetQueueUrl",
          "sqs:ListQueueTags",
          "sqs:ReceiveMessage",
          "sqs:TagQueue",
        ]
        Resource = [local.tail_queues_arn]
      },
      {
        Sid      = "Lists"
        Effect   = "Allow"
        Action   = ["events:ListRules", "sqs:ListQueues"]
        Resource = ["*"]
      },
    ],
    [for arns in [local.dead_letter_arns] : {
      Sid    = "DeadLetters"
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:PurgeQueue",
        "sqs:ReceiveMessage",
      ]
      Resource = arns
    } if length(arns) > 0],
    [for arns in [local.dead_letter_arns] : {
      Sid      = "Redrive"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = [var.queue_arn]
    } if length(arns) > 0],
    # Receiving takes Decrypt; sending takes both.
    [for arn in [var.kms_key_arn] : {
      Sid      = "UseKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [arn]
    } if arn != null],
    local.observer_key_statements,
    local.observer_alarm_statements,
    [for arn in [var.trail_arn] : {
      Sid      = "Trail"
      Effect   = "Allow"
      Action   = ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"]
      Resource = [arn]
    } if arn != null],
    [for arn in [var.trail_arn] : {
      Sid      = "Trails"
      Effect   = "Allow"
      Action   = ["cloudtrail:DescribeTrails"]
      Resource = ["*"]
    } if arn != null],
    [for arns in [var.bucket_arns] : {
      Sid      = "Buckets"
      Effect   = "Allow"
      Action   = [for a in local.bucket_reads : a if a != "s3:ListBucketVersions"] # that is for down
      Resource = arns
    } if length(arns) > 0],
    [for arn in [var.adopted_bucket_arn] : {
      Sid      = "AdoptedBucket"
      Effect   = "Allow"
      Action   = ["s3:GetBucketNotification", "s3:GetBucketTagging", "s3:GetBucketWebsite", "s3:ListBucket"]
      Resource = [arn]
    } if arn != null],
  )

  observer_key_statements = [for s in [
    {
      Sid       = "Keys"
      Effect    = "Allow"
      Action    = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
      Resource  = ["arn:${local.partition}:kms:${local.region}:${local.account}:key/*"]
      Condition = { StringEquals = { "aws:ResourceTag/${local.stack_tag}" = var.name } }
    },
    {
      Sid      = "Aliases"
      Effect   = "Allow"
      Action   = [for a in ["kms:ListAliases"] : a if var.create_key]
      Resource = ["*"]
    },
  ] : s if(var.create_key || var.alarm_topic_arn != null) && length(s.Action) > 0]

  observer_alarm_statements = concat(
    [for arns in [var.alarm_arns] : {
      Sid      = "Alarms"
      Effect   = "Allow"
      Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
      Resource = arns
    } if length(arns) > 0],
    [for arn in [var.dashboard_arn] : {
      Sid      = "Dashboard"
      Effect   = "Allow"
      Action   = ["cloudwatch:GetDashboard"]
      Resource = [arn]
    } if arn != null],
    [for arn in [var.alarm_topic_arn] : {
      Sid      = "AlarmTopic"
      Effect   = "Allow"
      Action   = ["sns:GetTopicAttributes", "sns:ListTagsForResource"]
      Resource = [arn]
    } if arn != null],
    [for arn in [var.alarm_topic_arn] : {
      Sid      = "Subscriptions"
      Effect   = "Allow"
      Action   = ["sns:GetSubscriptionAttributes"]
      Resource = ["*"]
    } if arn != null],
  )
}
