# The senders are named by patterns of rules' names, so that no change of a rule changes the queue: while SQS takes on a new
# policy, and the provider waits for it, events would be refused.
locals {
  deny_plain_http = {
    Sid       = "TLSOnly"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  rule_arns = [for r in var.rules : "arn:${local.partition}:events:${local.region}:${local.account}:rule/${r}"]
  rules_send = {
    Sid       = "OnlyTheseRulesSend"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = local.arn
    Condition = {
      ArnLike      = { "aws:SourceArn" = local.rule_arns }
      StringEquals = { "aws:SourceAccount" = local.account }
    }
  }

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for s in [local.rules_send] : s if length(local.rule_arns) > 0],
      [merge(local.deny_plain_http, { Resource = local.arn })],
      flatten([for d in var.source_policy_documents : jsondecode(d).Statement]),
    )
  })

  dead_letter_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [merge(local.deny_plain_http, { Resource = local.dead_letter_arn })]
  })

  # The encryption context ties the grant to the one queue, and the queue's policy ties that to the rules. Conditions on
  # the source of the call are left out: for EventBridge they are documented as unsupported on encrypted topics, and an
  # unmet condition here loses events without an error.
  key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "EventBridgeEncrypts"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = local.arn } }
      },
    ]
  })
}
