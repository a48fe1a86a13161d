output "topic_arn" {
  description = "ARN of the SNS topic that the alarms publish to. It is known before the topic exists."
  value       = local.topic_arn
}

output "alarm_arns" {
  description = "ARNs of the alarms. They are known before the alarms exist."
  value       = local.arns
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the topic."
  value       = aws_kms_key.this.arn
}
