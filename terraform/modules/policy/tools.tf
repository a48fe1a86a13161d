locals {
  # Who looks at events as they come: tail makes rules and a queue of its own, and nothing of the stack's can be their target.
  tail_statements = [
    {
      Sid    = "TailRules"
      Effect = "Allow"
      Action = [
        "events:DeleteRule",
        "events:ListTagsForResource",
        "events:PutRule",
        "events:RemoveTargets",
        "events:TagResource",
      ]
      Resource = [local.tail_rules_arn]
    },
    {
      Sid       = "TailTargets"
      Effect    = "Allow"
      Action    = ["events:PutTargets"]
      Resource  = [local.tail_rules_arn]
      Condition = merge(local.has_targets, { "ForAllValues:ArnLike" = { "events:TargetArn" = [local.tail_queues_arn] } })
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
  ]

  # Who lists dead letters, sends them back, or throws them away. The queue is sent to, and never received from.
  dead_letter_statements = [
    {
      Sid    = "DeadLetters"
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:PurgeQueue",
        "sqs:ReceiveMessage",
      ]
      Resource = local.dead_letter_arns
    },
    {
      Sid      = "Redrive"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
      Resource = [for q in [var.queue_arn] : q if length(local.dead_letter_arns) > 0]
    },
    {
      # Receiving takes Decrypt; sending takes both.
      Sid       = "UseKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
  ]

  # A call with several targets has several values, and one without any would meet every condition on all of them.
  has_targets = { Null = { "events:TargetArn" = "false" } }
}
