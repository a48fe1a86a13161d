output "topic_arn" {
  description = "ARN of the SNS topic that the alarms publish to: known before the topic exists."
  value       = local.topic_arn
}

output "alarm_arns" {
  description = "ARNs of the alarms, known before they exist."
  value       = local.arns
}

output "dashboard_name" {
  description = "Name of the dashboard: <name>-<region>, for dashboards belong to no region."
  value       = local.dashboard
}

output "dashboard_arn" {
  description = "ARN of the dashboard, known before it exists."
  value       = "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.dashboard}"
}

output "dashboard_url" {
  description = "Where the dashboard is to be seen."
  value       = "https://${lookup(local.console, local.partition, local.console.aws)}/cloudwatch/home?region=${local.region}#dashboards/dashboard/${local.dashboard}"
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the topic."
  value       = local.kms_key
}
