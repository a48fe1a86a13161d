locals {
  stack_tag = "dispatch-events-aws:stack"

  # The queue's key has an alias; the alarms' has none.
  alias_actions = var.create_key ? ["kms:CreateAlias", "kms:DeleteAlias"] : []
  read_actions  = var.create_key ? ["kms:Decrypt"] : [] # its dead letters are looked at

  # A key has no name of its own to go by: the stack's tag tells which is whose.
  operator_key_statements = [for s in [
    {
      Sid       = "MakeKey"
      Effect    = "Allow"
      Action    = ["kms:CreateKey", "kms:TagResource"]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:RequestTag/${local.stack_tag}" = var.name } }
    },
    {
      Sid    = "Key"
      Effect = "Allow"
      Action = concat(local.alias_actions, local.read_actions, [
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
      Resource  = ["arn:${local.partition}:kms:${local.region}:${local.account}:key/*"]
      Condition = { StringEquals = { "aws:ResourceTag/${local.stack_tag}" = var.name } }
    },
    {
      Sid      = "KeyAlias"
      Effect   = "Allow"
      Action   = local.alias_actions
      Resource = ["arn:${local.partition}:kms:${local.region}:${local.account}:alias/${replace(local.arn[5], ".", "-")}"]
    },
    {
      Sid      = "FindKeys"
      Effect   = "Allow"
      Action   = concat(var.create_key ? ["kms:ListAliases"] : [], ["kms:ListKeys"])
      Resource = ["*"]
    },
  ] : s if(var.create_key || var.alarm_topic_arn != null) && length(s.Action) > 0]
}
