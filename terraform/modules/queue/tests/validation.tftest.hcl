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

  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:mocked"
      url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked"
    }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }
}

variables {
  name = "dispatch"
}

run "too_little" {
  command = plan

  variables {
    name              = "dispatch.fifo"
    rules             = ["*"]
    max_receive_count = 0
    kms_key           = "alias/aws/sqs"
  }

  expect_failures = [
    var.name,
    var.rules,
    var.max_receive_count,
    var.kms_key,
  ]
}

run "too_much" {
  command = plan

  variables {
    name                    = join("", [for i in range(63) : "q"])
    source_policy_documents = ["[]"]
    max_receive_count       = 1001
  }

  expect_failures = [
    var.name,
    var.source_policy_documents,
    var.max_receive_count,
  ]
}

run "no_whole_seconds" {
  command = plan

  variables {
    max_receive_count = 1.5
  }

  expect_failures = [
    var.max_receive_count,
  ]
}
