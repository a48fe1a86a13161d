output "trail_arn" {
  description = "ARN of the trail. It is known before the trail exists."
  value       = local.trail_arn

  depends_on = [aws_cloudtrail.this]
}

output "log_bucket_arn" {
  description = "ARN of the bucket that holds the trail's log."
  value       = module.log_bucket.bucket_arn
}
