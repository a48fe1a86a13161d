locals {
  version   = "2012-10-17"
  arn       = split(":", var.queue_arn)
  partition = local.arn[1]
  region    = local.arn[3]
  account   = local.arn[4]
  rules_arn = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-*"

  # What tail makes for as long as it looks on.
  tail_rules_arn  = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-tail-*"
  tail_queues_arn = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-tail-*"

  # SQS takes a policy of at most 8,192 bytes: some ninety rules by name. Past that, the stack's name stands for them.
  queue_policy_limit = 8192
  queue_policy_exact = jsonencode({
    Version   = local.version
    Statement = concat([for s in local.allow_rules : s if length(var.rule_arns) > 0], [local.deny_plain_http])
  })
  queue_policy_by_prefix = jsonencode({
    Version   = local.version
    Statement = [local.allow_prefix, local.deny_plain_http]
  })

  allow_events = {
    Sid       = "OnlyTheseRulesSend"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = var.queue_arn
  }
  allow_rules = [merge(local.allow_events, { Condition = {
    ArnEquals    = { "aws:SourceArn" = var.rule_arns }
    StringEquals = { "aws:SourceAccount" = local.account }
  } })]
  allow_prefix = merge(local.allow_events, { Condition = {
    ArnLike      = { "aws:SourceArn" = local.rules_arn }
    StringEquals = { "aws:SourceAccount" = local.account }
  } })
  deny_plain_http = {
    Sid       = "TLSOnly"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Resource  = var.queue_arn
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  # The encryption context ties the grant to the one queue, and the queue's policy ties that to the rules. Conditions on
  # the source of the call are left out: for EventBridge they are documented as unsupported on encrypted topics, and an
  # unmet condition here loses events without an error.
  key_statements = [
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
      Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = var.queue_arn } }
    },
  ]
}
