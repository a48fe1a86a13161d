output "queue_url" {
  description = "URL of the queue that the forwarder reads."
  value       = var.create_queue ? module.queue[0].queue_url : data.aws_sqs_queue.given[0].url
}

output "queue_arn" {
  description = "ARN of the queue that the forwarder reads."
  value       = local.queue_arn
}

output "queue_name" {
  description = "Name of the queue, including .fifo if it is a FIFO queue."
  value       = var.create_queue ? module.queue[0].queue_name : data.aws_sqs_queue.given[0].name
}

output "dead_letter_queue_url" {
  description = "URL of the queue `<queue>-dead-letters`, which holds the events that the receiver refused permanently, and those that were received `max_receive_count` times without being delivered; null if `create_queue` is false. It is the value of the forwarder's `DEAD_LETTER_QUEUE_URL`."
  value       = one(module.queue[*].dead_letter_queue_url)
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue `<queue>-dead-letters`, which holds the events that the receiver refused permanently, and those that were received `max_receive_count` times without being delivered; null if `create_queue` is false."
  value       = one(module.queue[*].dead_letter_queue_arn)
}

output "delivery_dead_letter_queue_url" {
  description = "URL of the queue `<queue>-undelivered`, which holds the events that EventBridge could not put into the queue (not those that the receiver refused). It is not the value of the forwarder's `DEAD_LETTER_QUEUE_URL`, which is `dead_letter_queue_url`."
  value       = module.rule.dead_letter_queue_url
}

output "delivery_dead_letter_queue_arn" {
  description = "ARN of the queue `<queue>-undelivered`, which holds the events that EventBridge could not put into the queue (not those that the receiver refused)."
  value       = module.rule.dead_letter_queue_arn
}

output "rules" {
  description = "The rules by key, each with `name`, `arn`, `pattern` (canonical JSON), `schedule` and `state`. Either `pattern` or `schedule` is null."
  value       = module.rule.rules
}

output "bucket" {
  description = "Name of the watched bucket; null if no bucket is watched."
  value       = one(module.bucket[*].bucket)
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the queue; null if SQS manages the encryption."
  value       = local.kms_key_arn
}

output "alarm_topic_arn" {
  description = "ARN of the SNS topic that the alarms publish to; null if `alarms` is false."
  value       = one(module.alarms[*].topic_arn)
}

output "forwarder_policy" {
  description = "IAM policy (JSON) for the forwarder. If `create_queue` is false, it allows sending to no dead-letter queue."
  value       = module.policy.forwarder_policy
}

output "operator_policy" {
  description = "IAM policy (JSON) for the person or pipeline that plans, applies, inspects and destroys this stack. It does not allow creating KMS keys. It allows deleting objects only if `force_destroy` is true."
  value       = module.policy.operator_policy
}

output "key_maker_policy" {
  description = "Additional IAM policy (JSON) for creating the stack's KMS keys: the apply that creates them needs it together with `operator_policy`. Null if the stack creates no keys."
  value       = module.policy.key_maker_policy
}

output "observer_policy" {
  description = "IAM policy (JSON) for running `stack status` on this stack. It allows no changes except reading dead letters, which hides them for a moment."
  value       = module.policy.observer_policy
}

output "tail_policy" {
  description = "IAM policy (JSON) for watching this stack's events with `stack tail`."
  value       = module.policy.tail_policy
}

output "dead_letters_policy" {
  description = "IAM policy (JSON) for listing dead letters, sending them back and deleting them with `stack dead-letters`."
  value       = module.policy.dead_letters_policy
}

output "put_events_policy" {
  description = "IAM policy (JSON) for a program that puts events on the bus for the rules to match; null for a partner event bus."
  value       = module.policy.put_events_policy
}

output "queue_policy_document" {
  description = "Policy document (JSON) with the statements that the policy of an existing queue (`queue_arn`) must contain so that the rules can send to it. It is not needed for a queue that the stack creates."
  value       = module.rule.queue_policy_document
}

output "object_reader_policy" {
  description = "IAM policy (JSON) that only allows reading the watched objects; null if no bucket is watched."
  value       = one(module.bucket[*].reader_policy)
}

output "function_policy" {
  description = "IAM policy (JSON) for the function of examples/twitter, which reads the watched objects and writes small objects under posted/ in which it records what it has posted; null if no bucket is watched."
  value       = one(module.bucket[*].function_policy)
}

output "region" {
  description = "AWS region of the stack."
  value       = local.region
}
