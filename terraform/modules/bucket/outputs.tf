output "bucket" {
  description = "Name of the bucket; of one made here, once its policy is in force."
  value       = var.bucket

  depends_on = [aws_s3_bucket_policy.this, data.aws_s3_bucket.adopted]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = local.arn

  depends_on = [aws_s3_bucket_policy.this, data.aws_s3_bucket.adopted]
}

output "reader_policy" {
  description = "IAM policy for a reader (JSON): the objects under prefixes alone. Null without prefixes."
  value       = length(var.prefixes) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = local.reads })
}
