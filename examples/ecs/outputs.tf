output "security_group_id" {
  description = "ID of the security group of the tasks. Allow it in the security group of the receiver."
  value       = aws_security_group.this.id
}
