# What is a schedule by its shape; which rates and crons there are, EventBridge knows, and so does the stack command.
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
}

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "a_cron" {
  command = plan

  variables {
    schedule = "cron(0/15 8-17 ? JAN-MAR,6 MON-FRI 2026-2030)"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["schedule"].schedule_expression == var.schedule
    error_message = "a schedule is passed on as it is"
  }
}

run "a_rate" {
  command = plan

  variables {
    schedule = "rate(365 days)"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["schedule"].schedule_expression == var.schedule
    error_message = "a schedule is passed on as it is"
  }
}

run "two_blanks" {
  command = plan

  variables {
    schedule = "cron(0  12 * * ? *)"
  }

  expect_failures = [var.schedule]
}
