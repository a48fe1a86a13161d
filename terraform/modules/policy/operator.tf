locals {
  queue_arns = concat([var.queue_arn], local.dead_letter_arns)

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
        # What a killed tail left goes with the stack.
        Sid      = "TailQueues"
        Effect   = "Allow"
        Action   = ["sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
        Resource = [local.tail_queues_arn]
      },
      {
        # AWS knows no narrower resource for these.
        Sid      = "Lists"
        Effect   = "Allow"
        Action   = ["events:ListRules", "sqs:ListQueues"]
        Resource = ["*"]
      },
      {
        # What went through rules and queues, and how old it is; CloudWatch knows no narrower resource.
        Sid      = "Metrics"
        Effect   = "Allow"
        Action   = ["cloudwatch:GetMetricStatistics"]
        Resource = ["*"]
      },
    ],
    # To look at dead letters and give them back at once.
    [for arns in [local.dead_letter_arns] : {
      Sid      = "DeadLetters"
      Effect   = "Allow"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:ReceiveMessage"]
      Resource = arns
    } if length(arns) > 0],
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
    # To read encrypted ones, and to see whether the key is in use; one of the stack's own is known by its tag.
    [for arn in var.create_key ? [] : [var.kms_key_arn] : {
      Sid      = "DeadLetterKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey"]
      Resource = [arn]
    } if arn != null],
    local.operator_bucket_statements,
    local.operator_key_statements,
    local.operator_alarm_statements,
  )
}
