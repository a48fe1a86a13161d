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

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
}

variables {
  name       = "dispatch"
  queue_name = "events"
}

run "too_little" {
  command = plan

  variables {
    name                            = "dispatch.events"
    queue_name                      = "arn:aws:sqs:eu-west-1:123456789012:events"
    dead_letter_queue_name          = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"
    delivery_dead_letter_queue_name = ""
    rule_names                      = ["a rule"]
    max_age                         = 59
    stalled_minutes                 = 0
    endpoints                       = ["http://receiver.example"]
    kms_key                         = "alias/aws/sns"
  }

  expect_failures = [
    var.name,
    var.queue_name,
    var.dead_letter_queue_name,
    var.delivery_dead_letter_queue_name,
    var.rule_names,
    var.max_age,
    var.stalled_minutes,
    var.endpoints,
    var.kms_key,
  ]
}

run "too_much" {
  command = plan

  variables {
    name            = join("", [for i in range(201) : "n"])
    queue_name      = join("", [for i in range(81) : "q"])
    rule_names      = [for i in range(251) : "r${i}"]
    event_bus_name  = "arn:aws:events:eu-west-1:123456789012:event-bus/orders"
    max_age         = 1209601
    stalled_minutes = 1441
    endpoints       = ["ops@receiver.example", "ops@receiver.example"]
  }

  expect_failures = [
    var.name,
    var.queue_name,
    var.rule_names,
    var.event_bus_name,
    var.max_age,
    var.stalled_minutes,
    var.endpoints,
  ]
}

run "no_whole_number" {
  command = plan

  variables {
    max_age         = 60.5
    stalled_minutes = 1.5
    endpoints       = ["ops"]
  }

  expect_failures = [
    var.max_age,
    var.stalled_minutes,
    var.endpoints,
  ]
}
