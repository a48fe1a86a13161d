output "trail_arn" {
  description = "ARN of the trail."
  value       = aws_cloudtrail.this.arn
}

output "log_bucket" {
  description = "Name of the bucket that holds the trail's log."
  value       = module.log_bucket.bucket
}
