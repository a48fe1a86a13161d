data "aws_partition" "current" {}

data "aws_s3_bucket" "adopted" {
  count = var.adopt ? 1 : 0

  bucket = var.bucket
}

locals {
  own = var.adopt ? 0 : 1
  arn = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}"
}

resource "aws_s3_bucket" "this" {
  count = local.own

  bucket        = var.bucket
  force_destroy = var.force_destroy
  tags          = var.tags
}

# S3 answers "conflict" to settings that reach a new bucket together, hence the chain: access, owner, policy, events.
resource "aws_s3_bucket_public_access_block" "this" {
  count = local.own

  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count = local.own

  bucket = aws_s3_bucket_public_access_block.this[0].bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "this" {
  count = local.own

  bucket = aws_s3_bucket_ownership_controls.this[0].bucket
  policy = local.policy
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count = local.own

  bucket = aws_s3_bucket.this[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  count = local.own

  bucket = aws_s3_bucket.this[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count = local.own

  bucket = aws_s3_bucket_versioning.this[0].bucket

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

    # The marker of a deleted object goes with its last version; an expiry in days takes it along by itself.
    expiration {
      days                         = var.expire_days
      expired_object_delete_marker = var.expire_days == null ? true : null
    }
  }
}

resource "aws_s3_bucket_notification" "this" {
  count = var.eventbridge ? 1 : 0

  bucket      = var.adopt ? data.aws_s3_bucket.adopted[0].id : aws_s3_bucket_policy.this[0].bucket
  eventbridge = true
}
