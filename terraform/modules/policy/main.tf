locals {
  stack_tag = "dispatch-events-aws:stack"

  arn       = split(":", var.queue_arn)
  partition = local.arn[1]
  place     = "${local.arn[3]}:${local.arn[4]}"
  events    = "arn:${local.partition}:events:${local.place}"
  sqs       = "arn:${local.partition}:sqs:${local.place}"

  # A name holds neither a dot nor an underscore, so neither pattern is another name's.
  bus             = var.event_bus_name == "default" ? "" : "${var.event_bus_name}/"
  bus_arn         = "${local.events}:event-bus/${var.event_bus_name}"
  rule_arns       = [for n in concat(["${var.name}.*"], var.rule_names) : "${local.events}:rule/${local.bus}${n}"]
  tail_rules_arn  = "${local.events}:rule/${local.bus}${var.name}_tail-*"
  tail_queues_arn = "${local.sqs}:${var.name}_tail-*"

  queue_arns       = concat(var.create_queue ? [var.queue_arn] : [], local.dead_letter_arns)
  dead_letter_arns = compact([var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn])

  makes_keys = var.create_key || var.alarms != null

  # A message that SQS moves to the dead letters stays encrypted for the queue that it came to.
  of_the_queues = { StringEquals = {
    "kms:EncryptionContext:aws:sqs:arn" = compact([var.queue_arn, var.dead_letter_queue_arn])
  } }

  # A call with several targets has several values, and one without any would meet every condition on all of them.
  has_targets = { Null = { "events:TargetArn" = "false" } }

  # A statement without an action or a resource is left out: that part of the stack does not exist.
  documents = { for name, statements in local.statements : name => jsonencode({
    Version = "2012-10-17"
    Statement = [for sid, s in statements : merge(
      { Sid = sid, Effect = "Allow" },
      { for k, v in s : k => v if !contains(["Observe", "Operate"], k) },
    ) if length(s.Action) > 0 && length(s.Resource) > 0]
  }) }
}
