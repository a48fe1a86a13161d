locals {
  log_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.log_bucket_arn, "${local.log_bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TrailAsks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = local.log_bucket_arn
        Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${local.log_bucket_arn}/AWSLogs/${local.account}/*"
        Condition = { StringEquals = {
          "aws:SourceArn" = local.trail_arn
          "s3:x-amz-acl"  = "bucket-owner-full-control"
        } }
      },
    ]
  })
}

resource "aws_s3_bucket" "log" {
  bucket        = local.log_bucket
  force_destroy = var.force_destroy
  tags          = var.tags
}

# S3 answers "conflict" to settings that reach a new bucket together, hence the chain: access, owner, policy.
resource "aws_s3_bucket_public_access_block" "log" {
  bucket                  = aws_s3_bucket.log.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "log" {
  bucket = aws_s3_bucket_public_access_block.log.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "log" {
  bucket = aws_s3_bucket_ownership_controls.log.bucket
  policy = local.log_policy
}

resource "aws_s3_bucket_server_side_encryption_configuration" "log" {
  bucket = aws_s3_bucket.log.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "log" {
  bucket = aws_s3_bucket.log.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "log" {
  bucket = aws_s3_bucket_versioning.log.bucket

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    expiration {
      days = var.log_retention
    }
  }
}

# The log bucket was made by the module bucket before; existing trails keep theirs.

moved {
  from = module.log_bucket.aws_s3_bucket.this[0]
  to   = aws_s3_bucket.log
}

moved {
  from = module.log_bucket.aws_s3_bucket_public_access_block.this[0]
  to   = aws_s3_bucket_public_access_block.log
}

moved {
  from = module.log_bucket.aws_s3_bucket_ownership_controls.this[0]
  to   = aws_s3_bucket_ownership_controls.log
}

moved {
  from = module.log_bucket.aws_s3_bucket_policy.this[0]
  to   = aws_s3_bucket_policy.log
}

moved {
  from = module.log_bucket.aws_s3_bucket_server_side_encryption_configuration.this[0]
  to   = aws_s3_bucket_server_side_encryption_configuration.log
}

moved {
  from = module.log_bucket.aws_s3_bucket_versioning.this[0]
  to   = aws_s3_bucket_versioning.log
}

moved {
  from = module.log_bucket.aws_s3_bucket_lifecycle_configuration.this[0]
  to   = aws_s3_bucket_lifecycle_configuration.log
}
