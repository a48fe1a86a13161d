# The module is called with for_each, count, depends_on and providers. What it waits for leaves account and region unknown in
# the plan, which must do without them.
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

  mock_data "aws_s3_bucket" {
    defaults = {
      id  = "theirs"
      arn = "arn:aws:s3:::theirs"
    }
  }

  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:mocked"
      url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked"
    }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_cloudtrail" {
    defaults = { arn = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/mocked" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
}

run "called" {
  module {
    source = "./tests/caller"
  }

  assert {
    condition     = output.queue_names == { blue = "blue", green = "green" } && length(module.none) == 0
    error_message = "a stack for each, and none for none"
  }

  assert {
    condition     = module.adopting.bucket == "theirs" && keys(module.adopting.rules) == ["objects"]
    error_message = "a bucket made in the same configuration is adopted"
  }
}
