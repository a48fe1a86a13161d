output "queue_policy" {
  description = "Policy for the queue (JSON): only rule_arns of this account may send, over TLS alone. At most 8,192 bytes."
  value       = length(local.queue_policy_exact) > local.queue_policy_limit ? local.queue_policy_by_prefix : local.queue_policy_exact
}

output "dead_letter_queue_policy" {
  description = "Policy for the dead-letter queue (JSON): TLS alone. Null without dead_letter_queue_arn."
  value = var.dead_letter_queue_arn == null ? null : jsonencode({
    Version   = local.version
    Statement = [merge(local.deny_plain_http, { Resource = var.dead_letter_queue_arn })]
  })
}

output "key_policy" {
  description = "Policy for a KMS key that encrypts the queue (JSON): the account administers it, EventBridge may encrypt for this queue."
  value       = jsonencode({ Version = local.version, Statement = local.key_statements })
}

output "forwarder_policy" {
  description = "IAM policy for the forwarder (JSON): receive and delete on the one queue, send to its dead-letter queue, use its key."
  value       = jsonencode({ Version = local.version, Statement = local.forwarder_statements })
}

output "operator_policy" {
  description = "IAM policy for the person or pipeline that plans, applies, inspects and destroys the stack (JSON). At most 6,144 characters."
  value       = jsonencode({ Version = local.version, Statement = local.operator_statements })
}

output "observer_policy" {
  description = "IAM policy for whoever looks: status, tail and dead-letters (JSON). At most 6,144 characters."
  value       = jsonencode({ Version = local.version, Statement = local.observer_statements })
}

output "function_policy" {
  description = "IAM policy for a function that reads the watched objects and keeps markers of what it has done (JSON). Null without object_reader_policy."
  value       = local.function_policy
}
