output "rules" {
  description = "The rules by key: name, arn, pattern (canonical JSON) and schedule, one of which is null."
  value = { for k, r in aws_cloudwatch_event_rule.this : k => {
    name     = r.name
    arn      = r.arn
    pattern  = local.rules[k].pattern
    schedule = local.rules[k].schedule
  } }
}

output "rule_names" {
  description = "The rules' names for the queue that admits them: the pattern <name>.*, and exact names; after the bus's, such as orders/<name>.*, where that is not the default one. Known before the rules exist."
  value       = local.senders
}

output "queue_policy_document" {
  description = "What the queue's policy must hold, for the rules to send to it (JSON), where that is not by rule_names."
  value       = jsonencode({ Version = "2012-10-17", Statement = [merge(local.sends, { Resource = var.queue_arn })] })
}

output "dead_letter_queue_url" {
  description = "URL of the queue that takes what EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that takes what EventBridge could not deliver."
  value       = local.dead_letter_arn

  depends_on = [aws_sqs_queue.dead_letter]
}

output "dead_letter_queue_name" {
  description = "Name of the queue that takes what EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.name
}
