data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  account   = data.aws_caller_identity.current.account_id

  # key -> canonical JSON
  patterns = { for k, p in var.patterns : k => jsonencode(jsondecode(p)) }

  # key -> what the rule waits for
  rules = merge(
    { for k, p in local.patterns : k => { pattern = p, schedule = null } },
    { for s in [var.schedule] : "schedule" => { pattern = null, schedule = s } if s != null },
  )

  # A name holds no dot, so what begins with <name>. belongs to this name alone.
  names = { for k in keys(local.rules) : k => lookup(var.rule_names, k, "${var.name}.${k}") }

  # In ARNs, the name of a rule on another bus than the default one follows the bus's.
  bus     = var.event_bus_name == "default" ? "" : "${var.event_bus_name}/"
  senders = [for n in concat(["${var.name}.*"], values(var.rule_names)) : "${local.bus}${n}"]
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name                = local.names[each.key]
  description         = "${var.name}: ${each.key == "schedule" ? "a schedule" : "events"} relayed to a queue"
  event_bus_name      = var.event_bus_name
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
  tags                = var.tags

  # Always set, so that a rule that somebody disabled is drift, and enabled again.
  state = each.key == "schedule" && startswith(var.state, "ENABLED") ? "ENABLED" : var.state

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # Legal in a message group, and at most the 100 characters that a target takes.
  single_source = "^\\[\"([A-Za-z0-9._/:@+-]{1,100})\"\\]$"
  groups = merge(
    { for k, p in local.patterns : k => try(regex(local.single_source, jsonencode(jsondecode(p).source))[0], k) },
    { schedule = "aws.events" },
  )
}

# No role: the queue's own policy admits the rules, and a role is known to break delivery to encrypted queues.
resource "aws_cloudwatch_event_target" "queue" {
  for_each = local.rules

  rule           = aws_cloudwatch_event_rule.this[each.key].name
  event_bus_name = var.event_bus_name
  target_id      = "queue"
  arn            = var.queue_arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letter.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dynamic "sqs_target" {
    for_each = endswith(var.queue_arn, ".fifo") ? [local.groups[each.key]] : []

    content {
      message_group_id = sqs_target.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# An edited pattern is another rule under another key, which nothing orders against the one that goes: an event that both
# match could fall between them. What depends on the targets is changed after new ones exist and before old ones go.
resource "terraform_data" "targets" {
  input = { for k, t in aws_cloudwatch_event_target.queue : k => t.id }
}

# One for each pattern, because an archive takes a single one, and a replay names the archive. Schedules leave nothing to
# replay.
resource "aws_cloudwatch_event_archive" "this" {
  for_each = { for k, p in local.patterns : k => p if var.archive_retention != null }

  name             = "${var.name}.${each.key}"
  description      = "${var.name}: events of the rule ${local.names[each.key]}"
  event_source_arn = "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/${var.event_bus_name}"
  event_pattern    = each.value
  retention_days   = var.archive_retention
}
