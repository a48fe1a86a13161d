locals {
  operator_statements = concat(
    [
      {
        Sid    = "Rules"
        Effect = "Allow"
        Action = [
          "events:DeleteRule",
          "events:DescribeRule",
          "events:ListTagsForResource",
          "events:ListTargetsByRule",
          "events:PutRule",
          "events:RemoveTargets",
          "events:TagResource",
          "events:UntagResource",
        ]
        Resource = [local.rules_arn]
      },
      {
        Sid       = "Targets"
        Effect    = "Allow"
        Action    = ["events:PutTargets"]
        Resource  = [local.rules_arn]
        Condition = merge(local.has_targets, { "ForAllValues:ArnEquals" = { "events:TargetArn" = [var.queue_arn] } })
      },
      {
        Sid    = "Queues"
        Effect = "Allow"
        Action = [
          "sqs:CreateQueue",
          "sqs:DeleteQueue",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
          "sqs:ListQueueTags",
          "sqs:SetQueueAttributes",
          "sqs:TagQueue",
          "sqs:UntagQueue",
        ]
        Resource = local.queue_arns
      },
      {
        # What a killed tail left goes with the stack.
        Sid      = "TailRules"
        Effect   = "Allow"
        Action   = ["events:DeleteRule", "events:ListTagsForResource", "events:RemoveTargets"]
        Resource = [local.tail_rules_arn]
      },
      {
        Sid      = "TailQueues"
        Effect   = "Allow"
        Action   = ["sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
        Resource = [local.tail_queues_arn]
      },
      {
        Sid      = "Lists"
        Effect   = "Allow"
        Action   = ["events:ListRules", "sqs:ListQueues"]
        Resource = ["*"]
      },
      {
        Sid      = "Metrics"
        Effect   = "Allow"
        Action   = ["cloudwatch:GetMetricStatistics"]
        Resource = ["*"]
      },
      {
        # To look at dead letters and give them back at once.
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:ChangeMessageVisibility", "sqs:ReceiveMessage"]
        Resource = local.dead_letter_arns
      },
      {
        Sid    = "Trail"
        Effect = "Allow"
        Action = [
          "cloudtrail:AddTags",
          "cloudtrail:CreateTrail",
          "cloudtrail:DeleteTrail",
          "cloudtrail:GetEventSelectors",
          "cloudtrail:GetTrailStatus",
          "cloudtrail:ListTags",
          "cloudtrail:PutEventSelectors",
          "cloudtrail:RemoveTags",
          "cloudtrail:StartLogging",
          "cloudtrail:UpdateTrail",
        ]
        Resource = compact([var.trail_arn])
      },
      {
        Sid      = "Trails"
        Effect   = "Allow"
        Action   = ["cloudtrail:DescribeTrails"]
        Resource = [for all in ["*"] : all if var.trail_arn != null]
      },
    ],
    local.operator_bucket_statements,
    local.operator_key_statements,
    local.operator_alarm_statements,
  )
}
