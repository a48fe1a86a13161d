locals {
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
}
