output "security_group_id" {
  description = "The forwarders' security group, for a receiver that lets them in."
  value       = aws_security_group.this.id
}
