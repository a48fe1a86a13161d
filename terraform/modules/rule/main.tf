data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # key -> canonical JSON
  patterns = { for k, p in merge(
    { for p in var.patterns : substr(sha256(jsonencode(jsondecode(p))), 0, 12) => p },
    var.named_patterns,
  ) : k => jsonencode(jsondecode(p)) }

  # key -> what the rule waits for
  rules = merge(
    { for k, p in local.patterns : k => { pattern = p, schedule = null } },
    { for s in [var.schedule] : "schedule" => { pattern = null, schedule = s } if s != null },
  )

  names = { for k in keys(local.rules) : k => "${var.name}-${k}" }

  # By construction rather than from the resources, so that the queue's policy can name the rules before they exist.
  arn_prefix = "arn:${data.aws_partition.current.partition}:events:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:rule/"
  arns       = { for k, n in local.names : k => "${local.arn_prefix}${n}" }

  # Legal in a message group, and at most the 100 characters that a target takes.
  single_source = "^\\[\"([A-Za-z0-9._/:@+-]{1,100})\"\\]$"
  groups = merge(
    { for k, p in local.patterns : k => try(regex(local.single_source, jsonencode(jsondecode(p).source))[0], k) },
    { schedule = "aws.events" },
  )
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name                = local.names[each.key]
  description         = "${var.name}: ${each.key == "schedule" ? "a schedule" : "events"} relayed to a queue"
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
  state               = "ENABLED" # said so that a rule that somebody disabled is drift, and enabled again
  tags                = var.tags

  lifecycle {
    precondition {
      condition     = length(lookup(local.flaws, each.key, [])) == 0
      error_message = "EventBridge would refuse the pattern of rule ${local.names[each.key]}: ${join("; ", lookup(local.flaws, each.key, []))}. It begins ${substr(coalesce(each.value.pattern, "-"), 0, 120)}"
    }
  }
}

# No role: the queue's own policy admits the rules, and a role is known to break delivery to encrypted queues.
resource "aws_cloudwatch_event_target" "queue" {
  for_each = local.rules

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "queue"
  arn       = var.queue_arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letter.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = var.maximum_event_age
    maximum_retry_attempts       = var.maximum_retry_attempts
  }

  dynamic "sqs_target" {
    for_each = var.fifo ? [local.groups[each.key]] : []

    content {
      message_group_id = sqs_target.value
    }
  }
}
