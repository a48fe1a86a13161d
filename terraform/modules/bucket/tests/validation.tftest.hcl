# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.
# What the mocked provider answers wherever the configuration reads it.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_s3_bucket" {
    defaults = {
      id  = "theirs"
      arn = "arn:aws:s3:::theirs"
    }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
}

variables {
  bucket = "watched"
}

run "too_little" {
  command = plan

  variables {
    bucket          = "Watched"
    prefixes        = ["images/", "images/"]
    statements      = "{}"
    noncurrent_days = 0
    expire_days     = 0
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
    var.statements,
    var.noncurrent_days,
    var.expire_days,
  ]
}

run "an_address_and_a_wildcard" {
  command = plan

  variables {
    bucket          = "192.168.0.1"
    prefixes        = ["images/*"]
    noncurrent_days = 1.5
    expire_days     = 1.5
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
    var.noncurrent_days,
    var.expire_days,
  ]
}

run "two_dots_and_a_leading_slash" {
  command = plan

  variables {
    bucket   = "a..b"
    prefixes = ["/images"]
  }

  expect_failures = [
    var.bucket,
    var.prefixes,
  ]
}

run "kept_by_s3_and_grants_on_nothing" {
  command = plan

  variables {
    bucket   = "watched-s3alias"
    grantees = ["123456789012"]
  }

  expect_failures = [
    var.bucket,
    var.grantees,
  ]
}

run "grants_on_an_adopted_bucket" {
  command = plan

  variables {
    adopt      = true
    prefixes   = ["images/"]
    grantees   = ["123456789012"]
    statements = "[{\"Effect\":\"Deny\"}]"
  }

  expect_failures = [
    var.grantees,
    var.statements,
  ]
}

run "grants_to_everybody" {
  command = plan

  variables {
    prefixes = ["images/"]
    grantees = ["*"]
  }

  expect_failures = [var.grantees]
}
