data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  tags = merge(var.tags, { "dispatch-events-aws:stack" = var.name })

  # By construction, because rules, queues, buckets and the policies between them name each other.
  queue          = coalesce(var.queue_name, var.name)
  suffix         = var.fifo ? ".fifo" : ""
  sqs            = "arn:${local.partition}:sqs:${local.region}:${local.account}:"
  undelivered    = "${local.queue}-undelivered"
  bucket_arn     = var.bucket == null ? null : "arn:${local.partition}:s3:::${var.bucket}"
  trail          = "${var.name}-trail"
  trail_arn      = local.by_trail ? "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${local.trail}" : null
  log_bucket     = "${local.trail}-${local.account}-${local.region}"
  log_bucket_arn = local.by_trail ? "arn:${local.partition}:s3:::${local.log_bucket}" : null
}

module "rule" {
  source = "./modules/rule"

  name                   = var.name
  patterns               = var.patterns
  named_patterns         = merge(var.named_patterns, local.object_patterns)
  schedule               = var.schedule
  state                  = var.rule_state
  pattern_limit          = var.pattern_limit
  queue_arn              = module.queue.queue_arn
  fifo                   = var.fifo
  dead_letter_queue_name = local.undelivered
  max_message_size       = var.max_message_size
  tags                   = local.tags
}

module "queue" {
  source = "./modules/queue"

  name               = local.queue
  fifo               = var.fifo
  rules              = [module.rule.rule_names]
  visibility_timeout = var.visibility_timeout
  retention          = var.retention
  max_message_size   = var.max_message_size
  max_receive_count  = var.max_receive_count
  kms_key            = var.kms_key
  tags               = local.tags

  source_policy_documents = [local.former_rules]
}

# Rules were named <name>-<key> before 1.0. Those are admitted for a day from the first apply of these names on: they send
# until the new ones do. Later the dash would admit the rules of a stack <name>-other.
resource "terraform_data" "renamed" {
  input = plantimestamp()

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  former_rules = jsonencode({ Statement = [{
    Sid       = "FormerRulesSend"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = "${local.sqs}${local.queue}${local.suffix}"
    Condition = {
      ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-*" }
      DateLessThan = { "aws:CurrentTime" = timeadd(terraform_data.renamed.input, "24h") }
      StringEquals = { "aws:SourceAccount" = local.account }
    }
  }] })
}

module "policy" {
  source = "./modules/policy"

  name                           = var.name
  queue_arn                      = "${local.sqs}${local.queue}${local.suffix}"
  dead_letter_queue_arn          = "${local.sqs}${local.queue}-dead-letters${local.suffix}"
  delivery_dead_letter_queue_arn = "${local.sqs}${local.undelivered}"
  kms_key_arn                    = module.queue.kms_key_arn
  create_key                     = var.kms_key == "create"
  stack_key_arns                 = compact([var.kms_key == "create" ? module.queue.kms_key_arn : null, one(module.alarms[*].kms_key_arn)])
  tag_keys                       = keys(var.tags)
  bucket_arns                    = compact([var.adopt_bucket ? null : local.bucket_arn, local.log_bucket_arn])
  adopted_bucket_arn             = var.adopt_bucket ? local.bucket_arn : null
  force_destroy                  = var.force_destroy
  trail_arn                      = local.trail_arn
  alarm_topic_arn                = one(module.alarms[*].topic_arn)
  alarm_arns                     = flatten(module.alarms[*].alarm_arns)
  dashboard_arn                  = one(module.alarms[*].dashboard_arn)
  object_reader_policy           = one(module.bucket[*].reader_policy)
  markers_arn                    = var.bucket == null ? null : "${local.bucket_arn}/posted/*"
}
