output "trail_arn" {
  description = "ARN of the trail."
  value       = aws_cloudtrail.this.arn
}

output "trail_name" {
  description = "Name of the trail."
  value       = aws_cloudtrail.this.name
}

output "log_bucket" {
  description = "Name of the bucket that holds the trail's log."
  value       = local.log_bucket

  depends_on = [aws_s3_bucket_policy.log]
}

output "log_bucket_arn" {
  description = "ARN of the bucket that holds the trail's log."
  value       = local.log_bucket_arn

  depends_on = [aws_s3_bucket_policy.log]
}
