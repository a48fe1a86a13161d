module "alarms" {
  source = "./modules/alarms"
  count  = var.alarms ? 1 : 0

  name       = var.name
  queue_name = element(split(":", local.queue_arn), 5)
  dead_letter_queues = merge(
    { for q in module.queue : "dead-letters" => q.dead_letter_queue_name },
    { undelivered = module.rule.dead_letter_queue_name },
  )
  max_age         = var.alarm_max_age
  stalled_minutes = var.alarm_stalled_minutes
  endpoints       = var.alarm_endpoints
  tags            = local.tags
}
