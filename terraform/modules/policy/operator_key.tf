locals {
  stack_tag = "dispatch-events-aws:stack"

  operator_key_statements = [
    {
      # To read encrypted dead letters.
      Sid       = "ReadDeadLetters"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = compact([var.kms_key_arn])
      Condition = local.of_the_queues
    },
    {
      Sid      = "Key"
      Effect   = "Allow"
      Action   = ["kms:DescribeKey"]
      Resource = compact([var.kms_key_arn])
    },
    {
      # By their ARNs, which are known once they are made: a tag could be put on any key.
      Sid    = "StackKeys"
      Effect = "Allow"
      Action = concat(local.alias_actions, [
        "kms:DescribeKey",
        "kms:EnableKeyRotation",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ])
      Resource = var.stack_key_arns
    },
    {
      Sid      = "KeyAlias"
      Effect   = "Allow"
      Action   = local.alias_actions
      Resource = [local.alias_arn]
    },
    {
      Sid      = "FindKeys"
      Effect   = "Allow"
      Action   = local.find_actions
      Resource = ["*"]
    },
  ]

  # The queue's key has an alias; the alarms' has none.
  alias_actions = var.create_key ? ["kms:CreateAlias", "kms:DeleteAlias"] : []
  alias_arn     = "arn:${local.partition}:kms:${local.region}:${local.account}:alias/${replace(local.arn[5], ".", "-")}"
  makes_keys    = var.create_key || var.alarm_topic_arn != null
  find_actions  = concat(var.create_key ? ["kms:ListAliases"] : [], local.makes_keys ? ["kms:ListKeys"] : [])
}
