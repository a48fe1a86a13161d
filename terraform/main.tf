data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.id

  tags = merge(var.tags, { "dispatch-events-aws:stack" = var.name })

  # By the digest of the canonical JSON. A text that is not JSON is refused by the module.
  canonical       = distinct([for p in var.patterns : try(jsonencode(jsondecode(p)), p)])
  listed_patterns = { for p in local.canonical : substr(sha256(p), 0, 12) => p }

  # Known before the queue is made. A rule that sends to it waits for it all the same.
  queue_name = coalesce(var.queue_name, var.name)
  queue_arn  = var.create_queue ? module.queue[0].queue_arn : var.queue_arn

  kms_key_arn = var.create_queue ? module.queue[0].kms_key_arn : var.kms_key
}

module "rule" {
  source = "./modules/rule"

  name                   = var.name
  patterns               = merge(local.listed_patterns, var.named_patterns, local.notification_patterns, local.trail_patterns)
  schedule               = var.schedule
  state                  = var.rule_state
  rule_names             = var.rule_names
  event_bus_name         = var.event_bus_name
  archive_retention      = var.archive_retention
  pattern_limit          = var.pattern_limit
  queue_arn              = local.queue_arn
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

  source_policy_documents = var.queue_policy_documents
}

data "aws_sqs_queue" "given" {
  count = var.create_queue ? 0 : 1

  name = element(split(":", var.queue_arn), 5)

  # The queue is looked up by its name alone: one of the same name here would be read in place of the one meant.
  lifecycle {
    precondition {
      condition     = strcontains(var.queue_arn, ":sqs:${local.region}:${local.account}:")
      error_message = "queue_arn must be in the region and account of the provider, ${local.region} and ${local.account}."
    }
  }
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
  tag_keys                       = keys(var.tags)
  bucket_arns                    = concat(var.adopt_bucket ? [] : module.bucket[*].bucket_arn, module.trail[*].log_bucket_arn)
  adopted_bucket_arn             = var.adopt_bucket ? one(module.bucket[*].bucket_arn) : null
  force_destroy                  = var.force_destroy
  trail_arn                      = one(module.trail[*].trail_arn)
  alarms                         = one(module.alarms)
}
