output "bucket" {
  description = "Name of the bucket. If the module creates the bucket, the name is available only when the bucket's policy is in force."
  value       = var.bucket

  depends_on = [aws_s3_bucket_policy.this, data.aws_s3_bucket.adopted]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = local.arn

  depends_on = [aws_s3_bucket_policy.this, data.aws_s3_bucket.adopted]
}

output "reader_policy" {
  description = "IAM policy (JSON) that only allows reading the objects under `prefixes`; null if there are no prefixes."
  value       = length(var.prefixes) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = local.reads })
}

output "function_policy" {
  description = "IAM policy (JSON) for a function that reads the objects under `prefixes` and records under `posted/` what it has done; null if there are no prefixes."
  value       = length(var.prefixes) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = concat(local.reads, [local.marks]) })
}
