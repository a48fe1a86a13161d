locals {
  version   = "2012-10-17"
  arn       = split(":", var.queue_arn)
  partition = local.arn[1]
  region    = local.arn[3]
  account   = local.arn[4]

  # A name holds neither a dot nor an underscore, so neither pattern is another name's.
  rule_arn       = "arn:${local.partition}:events:${local.region}:${local.account}:rule/"
  rules_arn      = "${local.rule_arn}${var.name}.*"
  tail_rules_arn = "${local.rule_arn}${var.name}_tail-*"

  # What tail makes for as long as it looks on.
  tail_queues_arn = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}_tail-*"

  dead_letter_arns = compact([var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn])
  queue_arns       = concat([var.queue_arn], local.dead_letter_arns)

  # A message that SQS moves to the dead letters stays encrypted for the queue that it came to.
  of_the_queues = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = compact([var.queue_arn, var.dead_letter_queue_arn]) } }

  # A statement without an action or a resource is left out: that part of the stack does not exist.
  documents = { for name, statements in {
    forwarder    = local.forwarder_statements
    operator     = local.operator_statements
    key_maker    = local.key_maker_statements
    observer     = local.observer_statements
    tail         = local.tail_statements
    dead_letters = local.dead_letter_statements
  } : name => jsonencode({ Version = local.version, Statement = [for s in statements : s if length(s.Action) > 0 && length(s.Resource) > 0] }) }
}
