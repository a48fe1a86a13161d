output "forwarder_policy" {
  description = "IAM policy for the forwarder (JSON): receive and delete on the one queue, send to its dead-letter queue, use its key for these."
  value       = local.documents.forwarder
}

output "operator_policy" {
  description = "IAM policy for the person or pipeline that plans, applies, inspects and destroys the stack (JSON). It makes no keys. At most 6,144 characters."
  value       = local.documents.operator
}

output "key_maker_policy" {
  description = "IAM policy for whoever applies the stack while a key of its own is still to be made (JSON), beside the operator's. Null where the stack has no keys."
  value       = local.makes_keys ? local.documents.key_maker : null
}

output "observer_policy" {
  description = "IAM policy for whoever looks (JSON): status. It changes nothing. At most 6,144 characters."
  value       = local.documents.observer
}

output "tail_policy" {
  description = "IAM policy for whoever looks at events as they come (JSON): rules and a queue of tail's own, beside the stack's."
  value       = local.documents.tail
}

output "dead_letters_policy" {
  description = "IAM policy for whoever lists dead letters, sends them back or throws them away (JSON). Null without dead-letter queues."
  value       = length(local.dead_letter_arns) > 0 ? local.documents.dead_letters : null
}

output "put_events_policy" {
  description = "IAM policy for a program whose events the rules are to match (JSON): put events on the bus. Null for a partner's bus, which takes them from the partner alone."
  value       = startswith(var.event_bus_name, "aws.partner/") ? null : local.documents.put_events
}

output "function_policy" {
  description = "IAM policy for a function that reads the watched objects and keeps markers of what it has done (JSON). Null without object_reader_policy."
  value       = var.object_reader_policy == null ? null : local.documents.function
}
