# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.
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

  mock_resource "aws_cloudtrail" {
    defaults = { arn = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/mocked" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
}

variables {
  name       = "dispatch-trail"
  bucket_arn = "arn:aws:s3:::watched"
  prefixes   = ["images/"]
}

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

run "too_long" {
  command = plan

  variables {
    name     = join("", [for i in range(36) : "n"])
    prefixes = [join("", [for i in range(1024) : "pp"])]
  }

  expect_failures = [var.name, var.prefixes]
}

run "bucket_arn" {
  command = plan

  variables {
    bucket_arn = "watched"
  }

  expect_failures = [var.bucket_arn]
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
