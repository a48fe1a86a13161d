output "task_role_arn" {
  description = "ARN of the forwarder's role."
  value       = aws_iam_role.task.arn
}

output "security_group_id" {
  description = "The forwarders' security group, for a receiver that lets them in."
  value       = aws_security_group.this.id
}
