# What the mocked provider answers wherever the configuration reads it.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

variables {
  name       = "dispatch-trail"
  bucket_arn = "arn:aws:s3:::watched"
  prefixes   = ["images/", ""]
}

# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.

run "out_of_range" {
  command = plan

  variables {
    name          = "two--dashes"
    prefixes      = []
    log_retention = 0
    kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:alias/logs"
  }

  expect_failures = [
    var.name,
    var.prefixes,
    var.log_retention,
    var.kms_key_arn,
  ]
}

run "too_long_and_no_arn" {
  command = plan

  variables {
    name       = join("", [for i in range(36) : "n"])
    bucket_arn = "watched"
    prefixes   = [join("", [for i in range(1024) : "pp"])]
  }

  expect_failures = [
    var.name,
    var.bucket_arn,
    var.prefixes,
  ]
}

run "a_log_that_logs_itself" {
  command = plan

  variables {
    log_bucket = "watched"
  }

  expect_failures = [var.log_bucket]
}

run "a_log_bucket_that_s3_refuses" {
  command = plan

  variables {
    log_bucket = "192.0.2.1"
  }

  expect_failures = [var.log_bucket]
}

run "a_log_bucket_with_a_reserved_ending" {
  command = plan

  variables {
    log_bucket = "logs-s3alias"
  }

  expect_failures = [var.log_bucket]
}

run "a_name_that_s3_keeps_for_itself" {
  command = plan

  variables {
    name = "sthree-logs"
  }

  expect_failures = [var.log_bucket]
}

# What is made.

run "writes_under_the_prefixes" {
  command = plan

  assert {
    condition = jsonencode({ for s in aws_cloudtrail.this.advanced_event_selector[0].field_selector : s.field => coalescelist(coalesce(s.equals, []), coalesce(s.starts_with, [])) }) == jsonencode({
      eventCategory    = ["Data"]
      "resources.type" = ["AWS::S3::Object"]
      readOnly         = ["false"]
      "resources.ARN"  = ["arn:aws:s3:::watched/images/", "arn:aws:s3:::watched/"]
    })
    error_message = "data events, of objects, writes, under the prefixes, and nothing else"
  }

  assert {
    condition     = aws_cloudtrail.this.enable_log_file_validation && !aws_cloudtrail.this.is_multi_region_trail && !aws_cloudtrail.this.include_global_service_events
    error_message = "the log is validated; global events are another trail's affair"
  }

  assert {
    condition     = output.log_bucket == "dispatch-trail-123456789012-eu-west-1" && aws_cloudtrail.this.s3_bucket_name == output.log_bucket
    error_message = "the log has a bucket of its own"
  }
}

run "only_this_trail_writes" {
  command = plan

  variables {
    log_bucket    = "logs"
    log_retention = 30
    force_destroy = true
    kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
    tags          = { team = "ops" }
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_bucket_policy.log.policy).Statement) == jsonencode([
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TrailAsks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = "arn:aws:s3:::logs"
        Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail" } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::logs/AWSLogs/123456789012/*"
        Condition = { StringEquals = {
          "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail"
          "s3:x-amz-acl"  = "bucket-owner-full-control"
        } }
      },
    ])
    error_message = "the bucket takes this trail's log and no other's, over TLS alone"
  }

  assert {
    condition     = alltrue([aws_s3_bucket_public_access_block.log.block_public_acls, aws_s3_bucket_public_access_block.log.block_public_policy, aws_s3_bucket_public_access_block.log.ignore_public_acls, aws_s3_bucket_public_access_block.log.restrict_public_buckets])
    error_message = "nothing of the log is public"
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.log.rule[0].object_ownership == "BucketOwnerEnforced" && one(one(aws_s3_bucket_server_side_encryption_configuration.log.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256" && aws_s3_bucket_versioning.log.versioning_configuration[0].status == "Enabled"
    error_message = "the log is its bucket's owner's, encrypted and versioned"
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.log.rule[0].expiration[0].days == 30 && aws_s3_bucket_lifecycle_configuration.log.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30 && aws_s3_bucket_lifecycle_configuration.log.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7
    error_message = "the log is kept for log_retention days, and nothing longer than that"
  }

  assert {
    condition     = aws_s3_bucket.log.bucket == "logs" && aws_s3_bucket.log.force_destroy && aws_s3_bucket.log.tags == tomap({ team = "ops" })
    error_message = "the bucket is as asked for"
  }

  assert {
    condition     = aws_cloudtrail.this.kms_key_id == var.kms_key_arn && aws_cloudtrail.this.tags == tomap({ team = "ops" }) && output.log_bucket == "logs"
    error_message = "key, tags and bucket are as told"
  }
}
