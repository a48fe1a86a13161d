# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.
mock_provider "aws" {
  source = "../../tests/aws"
}

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "too_little" {
  command = plan

  variables {
    name                   = "a name"
    pattern_limit          = 0
    patterns               = ["{\"source\":[\"aws.ec2\"]}", "{source:"]
    schedule               = "every 5 minutes"
    queue_arn              = "dispatch"
    dead_letter_queue_name = "undelivered.fifo"
    dead_letter_retention  = 59
    maximum_event_age      = 59
    maximum_retry_attempts = -1
    tags                   = { for i in range(51) : "k${i}" => "v" }
  }

  expect_failures = [
    var.name,
    var.pattern_limit,
    var.patterns,
    var.schedule,
    var.queue_arn,
    var.dead_letter_queue_name,
    var.dead_letter_retention,
    var.maximum_event_age,
    var.maximum_retry_attempts,
    var.tags,
  ]
}

run "too_much" {
  command = plan

  variables {
    name                   = join("", [for i in range(52) : "n"])
    pattern_limit          = 4097
    patterns               = ["[\"aws.ec2\"]"]
    schedule               = "rate(1 minutes)"
    fifo                   = true
    dead_letter_queue_name = join("", [for i in range(81) : "q"])
    dead_letter_retention  = 1209601
    maximum_event_age      = 86401
    maximum_retry_attempts = 186
  }

  expect_failures = [
    var.name,
    var.pattern_limit,
    var.patterns,
    var.schedule,
    var.fifo,
    var.dead_letter_queue_name,
    var.dead_letter_retention,
    var.maximum_event_age,
    var.maximum_retry_attempts,
  ]
}

run "no_whole_numbers" {
  command = plan

  variables {
    patterns               = ["{}"]
    schedule               = "cron(0 12 * * * *)"
    dead_letter_retention  = 60.5
    maximum_event_age      = 60.5
    maximum_retry_attempts = 0.5
  }

  expect_failures = [
    var.patterns,
    var.schedule,
    var.dead_letter_retention,
    var.maximum_event_age,
    var.maximum_retry_attempts,
  ]
}

run "twice" {
  command = plan

  variables {
    patterns = ["{\"source\":[\"aws.ec2\"]}", "{ \"source\": [\"aws.ec2\"] }"]
    schedule = "cron(${join(",", [for i in range(126) : "1"])} 12 * * ? *)"
  }

  expect_failures = [
    var.patterns,
    var.schedule,
  ]
}

run "fifo_queue_without_fifo_and_an_illegal_name" {
  command = plan

  variables {
    queue_arn      = "arn:aws:sqs:eu-west-1:123456789012:dispatch.fifo"
    named_patterns = { "a name" = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.fifo, var.named_patterns]
}

run "named_schedule" {
  command = plan

  variables {
    named_patterns = { schedule = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_at_length" {
  command = plan

  variables {
    named_patterns = { (join("", [for i in range(56) : "k"])) = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_nothing" {
  command = plan

  variables {
    named_patterns = { ec2 = "{}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_and_not" {
  command = plan

  variables {
    patterns       = ["{\"source\":[\"aws.ec2\"]}"]
    named_patterns = { ec2 = "{ \"source\": [\"aws.ec2\"] }" }
  }

  expect_failures = [var.named_patterns]
}

run "named_like_a_digest" {
  command = plan

  variables {
    patterns       = ["{\"source\":[\"aws.ec2\"]}"]
    named_patterns = { "861f57528fc7" = "{\"source\":[\"aws.rds\"]}" }
  }

  expect_failures = [var.named_patterns]
}
