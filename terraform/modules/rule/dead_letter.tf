locals {
  dead_letter_queue_name = coalesce(var.dead_letter_queue_name, "${replace(var.name, ".", "-")}-undelivered")
}

module "dead_letter_policy" {
  source = "../policy"

  name      = var.name
  queue_arn = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${local.dead_letter_queue_name}"
  rule_arns = values(local.arns)
}

# What EventBridge gives up on. SQS manages the encryption: a key's policy must not be able to lose the last copy.
resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_queue_name
  message_retention_seconds = var.dead_letter_retention
  receive_wait_time_seconds = 20
  sqs_managed_sse_enabled   = true
  policy                    = module.dead_letter_policy.queue_policy
  tags                      = var.tags
}
