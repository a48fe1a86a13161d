output "service" {
  description = "Name of the service."
  value       = aws_ecs_service.this.name
}

output "log_group" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "task_role_arn" {
  description = "ARN of the forwarder's role."
  value       = aws_iam_role.task.arn
}

output "security_group_id" {
  description = "The forwarders' security group, for a receiver that lets them in."
  value       = aws_security_group.this.id
}
