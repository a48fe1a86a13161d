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
    name     = "two--dashes"
    prefixes = []
  }

  expect_failures = [
    var.name,
    var.prefixes,
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
    condition     = aws_cloudtrail.this.enable_log_file_validation && !aws_cloudtrail.this.include_global_service_events
    error_message = "the log is validated; global events are another trail's affair"
  }

  assert {
    condition     = output.log_bucket_arn == "arn:aws:s3:::dispatch-trail-123456789012-eu-west-1" && aws_cloudtrail.this.s3_bucket_name == "dispatch-trail-123456789012-eu-west-1"
    error_message = "the log has a bucket of its own"
  }
}

run "only_this_trail_writes" {
  command = plan

  variables {
    tags = { team = "ops" }
  }

  assert {
    condition = jsonencode(local.log_statements) == jsonencode([
      {
        Sid       = "TrailAsks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = "arn:aws:s3:::dispatch-trail-123456789012-eu-west-1"
        Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail" } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::dispatch-trail-123456789012-eu-west-1/AWSLogs/123456789012/*"
        Condition = { StringEquals = {
          "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail"
          "s3:x-amz-acl"  = "bucket-owner-full-control"
        } }
      },
    ])
    error_message = "the bucket takes this trail's log and no other's"
  }

  assert {
    condition     = aws_cloudtrail.this.tags == tomap({ team = "ops" })
    error_message = "the trail has the tags"
  }
}
