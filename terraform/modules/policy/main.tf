locals {
  version   = "2012-10-17"
  stack_tag = "dispatch-events-aws:stack"

  arn       = split(":", var.queue_arn)
  partition = local.arn[1]
  place     = "${local.arn[3]}:${local.arn[4]}"
  events    = "arn:${local.partition}:events:${local.place}"
  sqs       = "arn:${local.partition}:sqs:${local.place}"
  kms       = "arn:${local.partition}:kms:${local.place}"

  # A name holds neither a dot nor an underscore, so neither pattern is another name's.
  bus             = var.event_bus_name == "default" ? "" : "${var.event_bus_name}/"
  bus_arn         = "${local.events}:event-bus/${var.event_bus_name}"
  rule_arns       = [for n in concat(["${var.name}.*"], var.rule_names) : "${local.events}:rule/${local.bus}${n}"]
  tail_rules_arn  = "${local.events}:rule/${local.bus}${var.name}_tail-*"
  tail_queues_arn = "${local.sqs}:${var.name}_tail-*"

  queue_arns       = concat(var.create_queue ? [var.queue_arn] : [], local.dead_letter_arns)
  dead_letter_arns = compact([var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn])

  # The queue's key has an alias; the alarms' has none.
  alias_arn     = "${local.kms}:alias/${replace(local.arn[5], ".", "-")}"
  alias_actions = var.create_key ? ["kms:CreateAlias", "kms:DeleteAlias"] : []
  makes_keys    = var.create_key || var.alarms != null

  # Receiving takes Decrypt; sending takes both.
  use_key = {
    Sid       = "UseKey"
    Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource  = compact([var.kms_key_arn])
    Condition = local.of_the_queues
  }

  # A message that SQS moves to the dead letters stays encrypted for the queue that it came to.
  of_the_queues = { StringEquals = {
    "kms:EncryptionContext:aws:sqs:arn" = compact([var.queue_arn, var.dead_letter_queue_arn])
  } }

  # A call with several targets has several values, and one without any would meet every condition on all of them.
  has_targets = { Null = { "events:TargetArn" = "false" } }
}

locals {
  statements = {
    forwarder = local.forwarder_statements
    observer  = [for s in local.stack_statements : merge(local.shared[s.Sid], { Action = lookup(s, "Observe", []) })]
    operator = [for s in local.stack_statements : merge(local.shared[s.Sid], {
      Action = concat(lookup(s, "Observe", []), lookup(s, "Operate", []))
    })]
    key_maker    = local.key_maker_statements
    tail         = local.tail_statements
    dead_letters = local.dead_letter_statements
    put_events   = [{ Sid = "PutEvents", Action = ["events:PutEvents"], Resource = [local.bus_arn] }]
  }

  # What the observer's statements and the operator's have in common.
  shared = { for s in local.stack_statements : s.Sid => { for k, v in s : k => v if !contains(["Observe", "Operate"], k) } }

  # A statement without an action or a resource is left out: that part of the stack does not exist.
  documents = { for name, statements in local.statements : name => jsonencode({
    Version   = local.version
    Statement = [for s in statements : merge({ Effect = "Allow" }, s) if length(s.Action) > 0 && length(s.Resource) > 0]
  }) }
}
