data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  suffix           = var.fifo ? ".fifo" : ""
  name             = "${var.name}${local.suffix}"
  dead_letter_name = "${var.name}-dead-letters${local.suffix}"

  # By construction, because policies are set as the queues are created, and each names the other.
  arn_prefix      = "arn:${local.partition}:sqs:${local.region}:${local.account}:"
  arn             = "${local.arn_prefix}${local.name}"
  dead_letter_arn = "${local.arn_prefix}${local.dead_letter_name}"
}

# Everything that SQS knows of a queue is set at its creation: the provider waits 25 seconds for every later change, and
# a queue without its policy would be open to plain HTTP for as long.
resource "aws_sqs_queue" "this" {
  name                       = local.name
  visibility_timeout_seconds = var.visibility_timeout
  message_retention_seconds  = var.retention
  max_message_size           = var.max_message_size
  receive_wait_time_seconds  = 20
  policy                     = local.policy

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.max_receive_count
  })

  fifo_queue                  = var.fifo
  content_based_deduplication = var.fifo
  deduplication_scope         = var.fifo ? "messageGroup" : null
  fifo_throughput_limit       = var.fifo ? "perMessageGroupId" : null

  sqs_managed_sse_enabled = local.kms_key == null ? true : null
  kms_master_key_id       = local.kms_key

  tags = var.tags
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_name
  message_retention_seconds = 1209600
  max_message_size          = var.max_message_size
  receive_wait_time_seconds = 20
  policy                    = local.dead_letter_policy

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })

  fifo_queue                  = var.fifo
  content_based_deduplication = var.fifo
  deduplication_scope         = var.fifo ? "messageGroup" : null
  fifo_throughput_limit       = var.fifo ? "perMessageGroupId" : null

  sqs_managed_sse_enabled = local.kms_key == null ? true : null
  kms_master_key_id       = local.kms_key

  tags = var.tags
}
