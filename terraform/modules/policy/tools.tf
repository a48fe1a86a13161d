################################################################################
# Whoever applies a stack with keys for the first time
################################################################################

# A new key has no ARN yet, and whoever may tag one while making it may tag others: so the tag opens nothing but what the
# first apply takes, and no key that has it already can be tagged again.
locals {
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
}

################################################################################
# Whoever looks at events as they come
################################################################################

# tail makes rules and a queue of its own, and nothing of the stack's can be their target.
locals {
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
}

################################################################################
# Whoever lists dead letters, sends them back, or throws them away
################################################################################

# The queue is sent to, and never received from.
locals {
  dead_letter_statements = [
    {
      Sid = "DeadLetters"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
        "sqs:PurgeQueue", "sqs:ReceiveMessage",
      ]
      Resource = local.dead_letter_arns
    },
    {
      Sid      = "Redrive"
      Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
      Resource = [for q in [var.queue_arn] : q if length(local.dead_letter_arns) > 0]
    },
    {
      # Receiving takes Decrypt; sending takes both.
      Sid       = "UseKey"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
  ]
}
