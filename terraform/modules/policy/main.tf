locals {
  version   = "2012-10-17"
  arn       = split(":", var.queue_arn)
  partition = local.arn[1]
  region    = local.arn[3]
  account   = local.arn[4]
  rules_arn = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}.*"

  # What tail makes for as long as it looks on.
  tail_rules_arn  = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}_tail-*"
  tail_queues_arn = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}_tail-*"
}
