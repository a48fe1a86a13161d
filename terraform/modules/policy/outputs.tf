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
