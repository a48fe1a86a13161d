module "alarms" {
  source = "./modules/alarms"
  count  = var.alarms ? 1 : 0

  name                            = var.name
  queue_name                      = element(split(":", local.queue_arn), 5)
  dead_letter_queue_name          = one(module.queue[*].dead_letter_queue_name)
  delivery_dead_letter_queue_name = module.rule.dead_letter_queue_name
  rule_names                      = slice(local.rule_names, 0, min(250, length(local.rule_names)))
  event_bus_name                  = var.event_bus_name
  max_age                         = var.alarm_max_age
  stalled_minutes                 = var.alarm_stalled_minutes
  endpoints                       = var.alarm_endpoints
  tags                            = local.tags
}
