locals {
  statements = {
    forwarder = {
      Relay = {
        Action = [
          "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
          "sqs:ReceiveMessage",
        ]
        Resource = [var.queue_arn]
      }
      DeadLetter = {
        Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
        Resource = compact([var.dead_letter_queue_arn])
      }
      UseKey = local.use_key
    }

    # Whoever lists dead letters, sends them back, or throws them away. The queue is sent to, and never received from.
    dead_letters = {
      DeadLetters = {
        Action = [
          "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
        ]
        Resource = local.dead_letter_arns
      }
      Redrive = {
        Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
        Resource = length(local.dead_letter_arns) > 0 ? [var.queue_arn] : []
      }
      UseKey = local.use_key
    }

    # Whoever looks at events as they come: tail makes rules and a queue of its own, and nothing of the stack's can be
    # their target.
    tail = {
      Tail = {
        Action = [
          "events:DeleteRule", "events:ListTagsForResource", "events:PutRule", "events:RemoveTargets",
          "events:TagResource", "sqs:CreateQueue", "sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:GetQueueUrl",
          "sqs:ListQueueTags", "sqs:ReceiveMessage", "sqs:TagQueue",
        ]
        Resource = [local.tail_rules_arn, local.tail_queues_arn]
      }
      TailTargets = {
        Action    = ["events:PutTargets"]
        Resource  = [local.tail_rules_arn]
        Condition = merge(local.has_targets, { "ForAllValues:ArnLike" = { "events:TargetArn" = [local.tail_queues_arn] } })
      }
      Lists = {
        Action   = ["events:ListRules", "sqs:ListQueues"]
        Resource = ["*"]
      }
    }

    # Whoever applies a stack with keys for the first time. A new key has no ARN yet, and whoever may tag one while making
    # it may tag others: so the tag opens nothing but what the first apply takes, and no key that has it already can be
    # tagged again.
    key_maker = {
      MakeKeys = {
        Action   = local.makes_keys ? ["kms:CreateKey", "kms:TagResource"] : []
        Resource = ["*"]
        Condition = {
          StringEquals                = { "aws:RequestTag/${local.stack_tag}" = var.name }
          "ForAllValues:StringEquals" = { "aws:TagKeys" = concat([local.stack_tag], var.tag_keys) }
          Null                        = { "aws:ResourceTag/${local.stack_tag}" = "true" }
        }
      }
      NewKeys = {
        Action = !local.makes_keys ? [] : [
          "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
          "kms:ListResourceTags",
        ]
        Resource  = ["arn:${local.partition}:kms:${local.place}:key/*"]
        Condition = { StringEquals = { "aws:ResourceTag/${local.stack_tag}" = var.name } }
      }
    }

    put_events = {
      PutEvents = { Action = ["events:PutEvents"], Resource = [local.bus_arn] }
    }

    observer = { for sid, s in local.stack_statements : sid => merge(s, { Action = lookup(s, "Observe", []) }) }
    operator = { for sid, s in local.stack_statements : sid => merge(s, {
      Action = concat(lookup(s, "Observe", []), lookup(s, "Operate", []))
    }) }
  }

  # Receiving takes Decrypt; sending takes both.
  use_key = {
    Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource  = compact([var.kms_key_arn])
    Condition = local.of_the_queues
  }
}
