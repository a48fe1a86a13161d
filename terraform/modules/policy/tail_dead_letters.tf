# What each of the others may do, beside those who observe and operate the stack.
locals {
  forwarder_statements = [
    {
      Sid = "Relay"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl", "sqs:ReceiveMessage",
      ]
      Resource = [var.queue_arn]
    },
    {
      Sid      = "DeadLetter"
      Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
      Resource = compact([var.dead_letter_queue_arn])
    },
    {
      # Sending to the encrypted dead-letter queue takes GenerateDataKey; receiving takes Decrypt.
      Sid       = "UseKey"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
  ]

  # Whoever applies a stack with keys for the first time. A new key has no ARN yet, and whoever may tag one while making it
  # may tag others: so the tag opens nothing but what the first apply takes, and no key that has it already can be tagged
  # again.
  key_maker_statements = [
    {
      Sid      = "MakeKeys"
      Action   = local.makes_keys ? ["kms:CreateKey", "kms:TagResource"] : []
      Resource = ["*"]
      Condition = {
        StringEquals                = { "aws:RequestTag/${local.stack_tag}" = var.name }
        "ForAllValues:StringEquals" = { "aws:TagKeys" = concat([local.stack_tag], var.tag_keys) }
        Null                        = { "aws:ResourceTag/${local.stack_tag}" = "true" }
      }
    },
    {
      Sid = "NewKeys"
      Action = concat([for a in local.alias_actions : a if a == "kms:CreateAlias"], !local.makes_keys ? [] : [
        "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
      ])
      Resource  = ["${local.kms}:key/*"]
      Condition = { StringEquals = { "aws:ResourceTag/${local.stack_tag}" = var.name } }
    },
  ]

  # Whoever looks at events as they come: tail makes rules and a queue of its own, and nothing of the stack's can be their
  # target.
  tail_statements = [
    {
      Sid = "TailRules"
      Action = [
        "events:DeleteRule", "events:ListTagsForResource", "events:PutRule", "events:RemoveTargets",
        "events:TagResource",
      ]
      Resource = [local.tail_rules_arn]
    },
    {
      Sid       = "TailTargets"
      Action    = ["events:PutTargets"]
      Resource  = [local.tail_rules_arn]
      Condition = merge(local.has_targets, { "ForAllValues:ArnLike" = { "events:TargetArn" = [local.tail_queues_arn] } })
    },
    {
      Sid = "TailQueues"
      Action = [
        "sqs:CreateQueue", "sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:GetQueueUrl",
        "sqs:ListQueueTags", "sqs:ReceiveMessage", "sqs:TagQueue",
      ]
      Resource = [local.tail_queues_arn]
    },
    {
      Sid      = "Lists"
      Action   = ["events:ListRules", "sqs:ListQueues"]
      Resource = ["*"]
    },
  ]

  # Whoever lists dead letters, sends them back, or throws them away. The queue is sent to, and never received from.
  dead_letter_statements = [
    {
      Sid = "DeadLetters"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
      ]
      Resource = local.dead_letter_arns
    },
    {
      Sid      = "Redrive"
      Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
      Resource = length(local.dead_letter_arns) > 0 ? [var.queue_arn] : []
    },
    {
      # Receiving takes Decrypt; sending takes both.
      Sid       = "UseKey"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
  ]

  # The function: what a reader of the watched objects may do, and its own markers beside them.
  function_statements = concat(try(jsondecode(var.object_reader_policy).Statement, []), [{
    Sid      = "Markers"
    Action   = ["s3:GetObject", "s3:PutObject"]
    Resource = compact([var.markers_arn])
  }])
}
