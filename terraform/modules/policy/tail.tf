locals {
  # Whoever looks at events as they come: tail makes rules and a queue of its own, and nothing of the stack's can be their
  # target.
  tail_statements = [
    {
      Sid = "Tail"
      Action = [
        "events:DeleteRule", "events:ListTagsForResource", "events:PutRule", "events:RemoveTargets",
        "events:TagResource", "sqs:CreateQueue", "sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:GetQueueUrl",
        "sqs:ListQueueTags", "sqs:ReceiveMessage", "sqs:TagQueue",
      ]
      Resource = [local.tail_rules_arn, local.tail_queues_arn]
    },
    {
      Sid       = "TailTargets"
      Action    = ["events:PutTargets"]
      Resource  = [local.tail_rules_arn]
      Condition = merge(local.has_targets, { "ForAllValues:ArnLike" = { "events:TargetArn" = [local.tail_queues_arn] } })
    },
    {
      Sid      = "Lists"
      Action   = ["events:ListRules", "sqs:ListQueues"]
      Resource = ["*"]
    },
  ]
}
