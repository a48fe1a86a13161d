locals {
  dead_letter_queue_name = coalesce(var.dead_letter_queue_name, "${var.name}-undelivered")

  # By construction, because the policy is set as the queue is created.
  dead_letter_arn = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.dead_letter_queue_name}"

  # What lets these rules send to a queue, and no other. The queue is put in where the policy is used: an expression that
  # names both queues would have the dead-letter queue wait for the other, which takes half a minute.
  sends = {
    Sid       = "OnlyTheseRulesSend"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Condition = {
      ArnLike      = { "aws:SourceArn" = [for s in local.senders : "arn:${local.partition}:events:${local.region}:${local.account}:rule/${s}"] }
      StringEquals = { "aws:SourceAccount" = local.account }
    }
  }
}

# What EventBridge gives up on. SQS manages the encryption: a key's policy must not be able to lose the last copy.
resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_queue_name
  message_retention_seconds = 1209600
  max_message_size          = var.max_message_size
  receive_wait_time_seconds = 20
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      merge(local.sends, { Resource = local.dead_letter_arn }),
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.dead_letter_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
