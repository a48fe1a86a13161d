output "rules" {
  description = "The rules by key, each with `name`, `arn`, `pattern` (canonical JSON), `schedule` and `state`. Either `pattern` or `schedule` is null."
  value = { for k, r in aws_cloudwatch_event_rule.this : k => {
    name     = r.name
    arn      = r.arn
    pattern  = local.rules[k].pattern
    schedule = local.rules[k].schedule
    state    = r.state
  } }
}

output "rule_names" {
  description = "Names for the variable `rules` of the module `queue` (not for the variables `rule_names`, which accept no wildcards): `<name>.*`, and the names that the variable `rule_names` sets. If the bus is not the default one, each begins with the name of the bus, such as `orders/<name>.*`. The names are known before the rules exist."
  value       = local.senders
}

output "queue_policy_document" {
  description = "Policy document (JSON) with the statements that the queue's policy must contain so that the rules can send to it. It is not needed if the queue comes from the module `queue`, with its `rules` set to the output `rule_names`."
  value       = jsonencode({ Version = "2012-10-17", Statement = [merge(local.sends, { Resource = var.queue_arn })] })
}

output "dead_letter_queue_url" {
  description = "URL of the queue that holds the events that EventBridge could not put into the queue `queue_arn`. It is not the value of the forwarder's `DEAD_LETTER_QUEUE_URL`, which is the output `dead_letter_queue_url` of the module `queue`."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds the events that EventBridge could not put into the queue `queue_arn`."
  value       = local.dead_letter_arn

  depends_on = [aws_sqs_queue.dead_letter]
}

output "dead_letter_queue_name" {
  description = "Name of the queue that holds the events that EventBridge could not put into the queue `queue_arn`."
  value       = aws_sqs_queue.dead_letter.name
}
