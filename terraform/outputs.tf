output "queue_url" {
  description = "URL of the queue that the forwarder reads."
  value       = var.create_queue ? module.queue[0].queue_url : data.aws_sqs_queue.given[0].url
}

output "queue_arn" {
  description = "ARN of the queue."
  value       = local.queue_arn
}

output "queue_name" {
  description = "Name of the queue, with .fifo where it is FIFO."
  value       = var.create_queue ? module.queue[0].queue_name : data.aws_sqs_queue.given[0].name
}

output "dead_letter_queue_url" {
  description = "URL of the queue that takes what the receiver refuses for good; null where the queue is given."
  value       = one(module.queue[*].dead_letter_queue_url)
}

output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue; null where the queue is given."
  value       = one(module.queue[*].dead_letter_queue_arn)
}

output "delivery_dead_letter_queue_url" {
  description = "URL of the queue that takes what EventBridge could not deliver to the queue."
  value       = module.rule.dead_letter_queue_url
}

output "delivery_dead_letter_queue_arn" {
  description = "ARN of the queue that takes what EventBridge could not deliver."
  value       = module.rule.dead_letter_queue_arn
}

output "rules" {
  description = "The rules by key: name, arn, pattern (canonical JSON) and schedule, one of which is null."
  value       = module.rule.rules
}

output "bucket" {
  description = "Name of the watched bucket; null without one."
  value       = one(module.bucket[*].bucket)
}

output "bucket_arn" {
  description = "ARN of the watched bucket; null without one."
  value       = one(module.bucket[*].bucket_arn)
}

output "trail_arn" {
  description = "ARN of the trail; null without one."
  value       = one(module.trail[*].trail_arn)
}

output "log_bucket" {
  description = "Name of the bucket that holds the trail's log; null without a trail."
  value       = one(module.trail[*].log_bucket)
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the queue; null where SQS manages the encryption."
  value       = local.kms_key_arn
}

output "alarm_topic_arn" {
  description = "ARN of the SNS topic that the alarms publish to; null without alarms."
  value       = one(module.alarms[*].topic_arn)
}

output "dashboard_url" {
  description = "Where CloudWatch shows the stack's dashboard; null without alarms."
  value       = one(module.alarms[*].dashboard_url)
}

output "forwarder_policy" {
  description = "IAM policy for the forwarder (JSON)."
  value       = module.policy.forwarder_policy
}

output "operator_policy" {
  description = "IAM policy for whoever plans, applies, inspects and destroys this stack (JSON). It makes no keys."
  value       = module.policy.operator_policy
}

output "key_maker_policy" {
  description = "IAM policy for whoever applies this stack while a key of its own is still to be made (JSON), beside the operator's; null where it has no keys."
  value       = module.policy.key_maker_policy
}

output "observer_policy" {
  description = "IAM policy for whoever looks at this stack: status (JSON). It changes nothing."
  value       = module.policy.observer_policy
}

output "tail_policy" {
  description = "IAM policy for whoever looks at this stack's events as they come: tail (JSON)."
  value       = module.policy.tail_policy
}

output "dead_letters_policy" {
  description = "IAM policy for whoever lists dead letters, sends them back or throws them away: dead-letters (JSON)."
  value       = module.policy.dead_letters_policy
}

output "put_events_policy" {
  description = "IAM policy for a program whose events the rules are to match: put events on the bus (JSON); null for a partner's bus."
  value       = module.policy.put_events_policy
}

output "queue_policy_document" {
  description = "What the policy of a given queue must hold, for the rules to send to it (JSON)."
  value       = module.rule.queue_policy_document
}

output "object_reader_policy" {
  description = "IAM policy for a reader of the watched objects alone (JSON); null without a bucket."
  value       = one(module.bucket[*].reader_policy)
}

output "function_policy" {
  description = "IAM policy for the picture function (JSON): read the watched objects, keep its markers under posted/; null without a bucket."
  value       = module.policy.function_policy
}

output "region" {
  description = "Region of the stack."
  value       = local.region
}

output "account_id" {
  description = "AWS account of the stack."
  value       = local.account
}

output "partition" {
  description = "AWS partition of the stack: aws, aws-cn, aws-us-gov."
  value       = local.partition
}
