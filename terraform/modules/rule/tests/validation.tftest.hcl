# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.

mock_provider "aws" {}

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "too_little" {
  command = plan

  variables {
    patterns  = { ec2 = "{\"source\":[\"aws.ec2\"]}", wrong = "{source:" }
    schedule  = "every 5 minutes"
    queue_arn = "dispatch"
  }

  expect_failures = [
    var.patterns,
    var.schedule,
    var.queue_arn,
  ]
}

run "too_much" {
  command = plan

  variables {
    patterns = { list = "[\"aws.ec2\"]" }
    schedule = "rate(0 minutes)"
  }

  expect_failures = [
    var.patterns,
    var.schedule,
  ]
}

run "five_fields" {
  command = plan

  variables {
    schedule = "cron(0 12 * * *)"
  }

  expect_failures = [
    var.schedule,
  ]
}

run "twice" {
  command = plan

  variables {
    patterns = { one = "{\"source\":[\"aws.ec2\"]}", two = "{ \"source\": [\"aws.ec2\"] }" }
    schedule = "cron(${join(",", [for i in range(126) : "1"])} 12 * * ? *)"
  }

  expect_failures = [
    var.patterns,
    var.schedule,
  ]
}

run "named_schedule" {
  command = plan

  variables {
    patterns = { schedule = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.patterns]
}

run "named_nothing" {
  command = plan

  variables {
    patterns = { ec2 = "{}" }
  }

  expect_failures = [var.patterns]
}

# The longest names: EventBridge's 64 characters less the dot and the shortest key, and less a digest.
run "a_long_name" {
  command = plan

  variables {
    name     = join("", [for i in range(62) : "n"])
    patterns = { k = "{\"source\":[\"aws.ec2\"]}" }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this["k"].name) == 64
    error_message = "a name of 62 has room for a key of one letter"
  }
}

run "an_underscore" {
  command = plan

  variables {
    name     = "orders_tail-x"
    schedule = "rate(1 day)"
  }

  expect_failures = [
    var.name,
  ]
}

run "a_pattern_that_just_fits" {
  command = plan

  variables {
    # 2,048 characters as sent; "<" counts once, though jsonencode writes it as six.
    patterns = { long = jsonencode({ source = [format("%s%s", join("", [for i in range(1016) : "<<"]), "x")] }) }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 1
    error_message = "EventBridge's quota is 2,048 characters"
  }
}

run "a_pattern_too_long" {
  command = plan

  variables {
    patterns = { long = jsonencode({ source = [join("", [for i in range(1017) : "<<"])] }) }
  }

  expect_failures = [var.patterns]
}

run "a_raised_quota" {
  command = plan

  variables {
    patterns      = { long = jsonencode({ source = [join("", [for i in range(1017) : "xx"])] }) }
    pattern_limit = 4096
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 1
    error_message = "AWS raises the quota on request"
  }
}

run "a_dot" {
  command = plan

  variables {
    name     = "a.name"
    schedule = "rate(1 day)"
  }

  expect_failures = [
    var.name,
  ]
}

run "a_name_too_long" {
  command = plan

  variables {
    name     = join("", [for i in range(63) : "n"])
    schedule = "rate(1 day)"
  }

  expect_failures = [var.name]
}

run "schedule_on_another_bus" {
  command = plan

  variables {
    schedule       = "rate(1 day)"
    event_bus_name = "orders"
    rule_names     = { paid = "paid-orders" }
  }

  expect_failures = [
    var.schedule,
    var.patterns,
  ]
}

run "no_name_of_a_bus" {
  command = plan

  variables {
    event_bus_name = "arn:aws:events:eu-west-1:123456789012:event-bus/orders"
  }

  expect_failures = [
    var.event_bus_name,
  ]
}

# What is a schedule by its shape; which rates and crons there are, EventBridge knows, and so does the stack command.

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

run "two_blanks_and_an_archive_for_less_than_nothing" {
  command = plan

  variables {
    schedule          = "cron(0  12 * * ? *)"
    archive_retention = -1
  }

  expect_failures = [
    var.schedule,
    var.archive_retention,
  ]
}
