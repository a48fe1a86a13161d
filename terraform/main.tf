data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  tags = merge(var.tags, { "dispatch-events-aws:stack" = var.name })

  # Known before the queue is made. A rule that sends to it waits for it all the same.
  queue_name = coalesce(var.queue_name, var.name)
  queue_arn  = var.create_queue ? module.queue[0].queue_arn : var.queue_arn

  kms_key_arn = var.create_queue ? module.queue[0].kms_key_arn : var.kms_key
  rule_names  = values(module.rule.rules)[*].name
}

module "rule" {
  source = "./modules/rule"

  name                   = var.name
  patterns               = var.patterns
  named_patterns         = merge(var.named_patterns, local.notification_patterns, local.trail_patterns)
  schedule               = var.schedule
  state                  = var.rule_state
  rule_names             = var.rule_names
  event_bus_name         = var.event_bus_name
  archive_retention      = var.archive_retention
  pattern_limit          = var.pattern_limit
  queue_arn              = local.queue_arn
  fifo                   = var.fifo
  dead_letter_queue_name = "${local.queue_name}-undelivered"
  max_message_size       = var.max_message_size
  tags                   = local.tags
}

module "queue" {
  source = "./modules/queue"
  count  = var.create_queue ? 1 : 0

  name               = local.queue_name
  fifo               = var.fifo
  rules              = module.rule.rule_names
  visibility_timeout = var.visibility_timeout
  retention          = var.retention
  max_message_size   = var.max_message_size
  max_receive_count  = var.max_receive_count
  kms_key            = var.kms_key
  tags               = local.tags

  source_policy_documents = concat([local.former_rules], var.queue_policy_documents)
}

data "aws_sqs_queue" "given" {
  count = var.create_queue ? 0 : 1

  name = element(split(":", var.queue_arn), 5)

  # The queue is looked up by its name alone: one of the same name here would be read in place of the one meant.
  lifecycle {
    precondition {
      condition     = strcontains(var.queue_arn, ":sqs:${local.region}:${local.account}:")
      error_message = "queue_arn must be of the provider's region and account, ${local.region} and ${local.account}."
    }
  }
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
    Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.queue_name}${var.fifo ? ".fifo" : ""}"
    Condition = {
      ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-*" }
      DateLessThan = { "aws:CurrentTime" = timeadd(terraform_data.renamed.input, "24h") }
      StringEquals = { "aws:SourceAccount" = local.account }
    }
  }] })
}

moved {
  from = module.queue
  to   = module.queue[0]
}

module "policy" {
  source = "./modules/policy"

  name                           = var.name
  queue_arn                      = local.queue_arn
  create_queue                   = var.create_queue
  dead_letter_queue_arn          = one(module.queue[*].dead_letter_queue_arn)
  delivery_dead_letter_queue_arn = module.rule.dead_letter_queue_arn
  event_bus_name                 = var.event_bus_name
  rule_names                     = values(var.rule_names)
  archives                       = var.archive_retention != null
  kms_key_arn                    = local.kms_key_arn
  create_key                     = var.kms_key == "create"
  stack_key_arns                 = compact([var.kms_key == "create" ? local.kms_key_arn : null, one(module.alarms[*].kms_key_arn)])
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
