locals {
  queue_arns = compact([var.queue_arn, var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn])

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
          "events:PutTargets",
          "events:RemoveTargets",
          "events:TagResource",
          "events:UntagResource",
        ]
        Resource = [local.rules_arn]
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
        # The age of the oldest message; CloudWatch knows no narrower resource.
        Sid      = "Metrics"
        Effect   = "Allow"
        Action   = ["cloudwatch:GetMetricStatistics"]
        Resource = ["*"]
      },
    ],
    [for arn in [var.trail_arn] : {
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
      Resource = [arn]
    } if arn != null],
    [for arn in [var.trail_arn] : {
      Sid      = "Trails"
      Effect   = "Allow"
      Action   = ["cloudtrail:DescribeTrails"]
      Resource = ["*"]
    } if arn != null],
    local.operator_bucket_statements,
    local.operator_key_statements,
    local.operator_alarm_statements,
  )
}
