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
    name                  = "dispatch.fifo"
    rules                 = ["*"]
    max_message_size      = 1023
    visibility_timeout    = -1
    retention             = 59
    dead_letter_retention = 59
    receive_wait          = -1
    max_receive_count     = 0
    kms_key               = "alias/aws/sqs"
    kms_deletion_window   = 6
    tags                  = { for i in range(51) : "k${i}" => "v" }
  }

  expect_failures = [
    var.name,
    var.rules,
    var.max_message_size,
    var.visibility_timeout,
    var.retention,
    var.dead_letter_retention,
    var.receive_wait,
    var.max_receive_count,
    var.kms_key,
    var.kms_deletion_window,
    var.tags,
  ]
}

run "too_much" {
  command = plan

  variables {
    name                    = join("", [for i in range(63) : "q"])
    source_policy_documents = ["[]"]
    max_message_size        = 1048577
    visibility_timeout      = 43201
    retention               = 1209601
    dead_letter_retention   = 1209601
    receive_wait            = 21
    max_receive_count       = 1001
    kms_deletion_window     = 31
  }

  expect_failures = [
    var.name,
    var.source_policy_documents,
    var.max_message_size,
    var.visibility_timeout,
    var.retention,
    var.dead_letter_retention,
    var.receive_wait,
    var.max_receive_count,
    var.kms_deletion_window,
  ]
}

run "no_whole_seconds" {
  command = plan

  variables {
    max_message_size      = 1024.5
    visibility_timeout    = 0.5
    retention             = 60.5
    dead_letter_retention = 60.5
    receive_wait          = 0.5
    max_receive_count     = 1.5
    kms_deletion_window   = 7.5
  }

  expect_failures = [
    var.max_message_size,
    var.visibility_timeout,
    var.retention,
    var.dead_letter_retention,
    var.receive_wait,
    var.max_receive_count,
    var.kms_deletion_window,
  ]
}
