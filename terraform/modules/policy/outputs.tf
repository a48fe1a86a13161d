output "forwarder_policy" {
  description = "IAM policy (JSON) for the forwarder: it allows receiving and deleting messages of the queue, sending to the dead-letter queue, and using the key for messages of these two queues."
  value       = local.documents.forwarder
}

output "operator_policy" {
  description = "IAM policy (JSON) for the person or pipeline that plans, applies, inspects and destroys the stack. It does not allow creating KMS keys. It allows deleting objects only if `force_destroy` is true. At most 6,144 characters."
  value       = local.documents.operator
}

output "key_maker_policy" {
  description = "Additional IAM policy (JSON) for creating the stack's KMS keys: the apply that creates them needs it together with `operator_policy`. Null if the stack creates no keys."
  value       = local.makes_keys ? local.documents.key_maker : null
}

output "observer_policy" {
  description = "IAM policy (JSON) for running `stack status`. It allows no changes except reading dead letters, which hides them for a moment. At most 6,144 characters."
  value       = local.documents.observer
}

output "tail_policy" {
  description = "IAM policy (JSON) for watching events with `stack tail`, which creates a temporary queue and temporary rules."
  value       = local.documents.tail
}

output "dead_letters_policy" {
  description = "IAM policy (JSON) for listing dead letters, sending them back and deleting them; null if there are no dead-letter queues."
  value       = length(local.dead_letter_arns) > 0 ? local.documents.dead_letters : null
}

output "put_events_policy" {
  description = "IAM policy (JSON) for a program that puts events on the bus for the rules to match; null for a partner event bus, which accepts events only from the partner."
  value       = startswith(var.event_bus_name, "aws.partner/") ? null : local.documents.put_events
}
