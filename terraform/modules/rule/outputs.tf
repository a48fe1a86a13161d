output "rules" {
  description = "The rules by key, each with `name`, `arn`, `pattern` (canonical JSON) and `schedule`. Either `pattern` or `schedule` is null."
  value = { for k, r in aws_cloudwatch_event_rule.this : k => {
    name     = r.name
    arn      = r.arn
    pattern  = local.rules[k].pattern
    schedule = local.rules[k].schedule
  } }
}

output "rule_names" {
  description = "Names of the rules, for the queue that accepts their events: the pattern `<name>.*`, and exact names. If the bus is not the default one, each begins with the name of the bus, such as `orders/<name>.*`. The names are known before the rules exist."
  value       = local.senders
}

output "queue_policy_document" {
  description = "Policy document (JSON) with the statements that the queue's policy must contain so that the rules can send to it. It is not needed if the queue comes from the module `queue`, with its `rules` set to the output `rule_names`."
  value       = jsonencode({ Version = "2012-10-17", Statement = [merge(local.sends, { Resource = var.queue_arn })] })
}

output "dead_letter_queue_url" {
  description = "URL of the queue that holds the events that EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds the events that EventBridge could not deliver."
  value       = local.dead_letter_arn

  depends_on = [aws_sqs_queue.dead_letter]
}

output "dead_letter_queue_name" {
  description = "Name of the queue that holds the events that EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.name
}
