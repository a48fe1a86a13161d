output "bucket" {
  description = "Name of the bucket; of one made here, once its policy is in force."
  value       = var.adopt ? data.aws_s3_bucket.adopted[0].id : aws_s3_bucket_policy.this[0].bucket
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = var.adopt ? data.aws_s3_bucket.adopted[0].arn : aws_s3_bucket.this[0].arn
}

output "reader_policy" {
  description = "IAM policy for a reader (JSON): the objects under prefixes alone. Null without prefixes."
  value       = length(var.prefixes) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = local.reads })
}
