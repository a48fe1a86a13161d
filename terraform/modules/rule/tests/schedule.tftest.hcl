# What is a schedule by its shape; which rates and crons there are, EventBridge knows, and so does the stack command.
mock_provider "aws" {
  source = "../../tests/aws"
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
