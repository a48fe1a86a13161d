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
  description = "The rules' names as one pattern, <name>.*, for the queue that admits them: known before the rules exist, and the same whatever they are."
  value       = "${var.name}.*"
}

output "dead_letter_queue_url" {
  description = "URL of the queue that takes what EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that takes what EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.arn
}

output "dead_letter_queue_name" {
  description = "Name of the queue that takes what EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letter.name
}
