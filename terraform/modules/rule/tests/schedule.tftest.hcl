# The schedules that EventBridge takes and refuses; emulators take them all.
mock_provider "aws" {
  source = "../../tests/aws"
}

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "taken" {
  command = plan

  variables {
    schedule = "cron(0/15 8-17 ? JAN-MAR,6 MON-FRI 2026-2030)"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["schedule"].schedule_expression == var.schedule
    error_message = "a schedule that EventBridge takes is passed on as it is"
  }

  assert {
    condition = length([for s in [
      "cron(0 12 * * ? *)",
      "cron(5,35 14 ? * 6#3 *)",
      "cron(0 9 15W * ? *)",
      "cron(0 9 ? * 6L *)",
      "cron(0 0 L * ? *)",
      "cron(0/5 8-17 ? * MON-FRI *)",
      "cron(15 10 ? JAN-DEC/2 SUN 2026)",
    ] : s if !can(regex(local.cron, s))]) == 0
    error_message = "six fields, one of the days a question mark"
  }

  assert {
    condition = length([for s in [
      "cron(0 12 * * *)",
      "cron(0 12 * * * *)",
      "cron(0 12 ? * ? *)",
      "cron(60 12 * * ? *)",
      "cron(0 24 * * ? *)",
      "cron(0 0 32 * ? *)",
      "cron(0 0 * 13 ? *)",
      "cron(0 0 ? * 8 *)",
      "cron(0 0 ? * FRIDAY *)",
      "cron(0 0 * * ? 1969)",
      "cron(0/0 12 * * ? *)",
      "cron(0  12 * * ? *)",
      "cron(nonsense)",
      "cron()",
    ] : s if can(regex(local.cron, s))]) == 0
    error_message = "what is no cron of EventBridge's is refused"
  }

  assert {
    condition     = length([for s in ["rate(1 minute)", "rate(1 day)", "rate(2 minutes)", "rate(12 hours)", "rate(365 days)"] : s if !can(regex(local.rate, s))]) == 0
    error_message = "one minute, two minutes"
  }

  assert {
    condition     = length([for s in ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(01 minute)", "rate(30 seconds)", "rate(1.5 hours)", "rate(minute)", "rate( 5 minutes )"] : s if can(regex(local.rate, s))]) == 0
    error_message = "what is no rate of EventBridge's is refused"
  }
}
