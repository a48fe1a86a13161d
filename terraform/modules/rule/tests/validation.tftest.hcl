mock_provider "aws" {
  source = "../../tests/aws"
}

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "out_of_range" {
  command = plan

  variables {
    pattern_limit          = 4097
    dead_letter_queue_name = "undelivered.fifo"
    dead_letter_retention  = 1209601
    maximum_event_age      = 59
    maximum_retry_attempts = 186
    tags                   = { for i in range(51) : "k${i}" => "v" }
  }

  expect_failures = [
    var.pattern_limit,
    var.dead_letter_queue_name,
    var.dead_letter_retention,
    var.maximum_event_age,
    var.maximum_retry_attempts,
    var.tags,
  ]
}

run "out_of_range_at_the_other_end" {
  command = plan

  variables {
    pattern_limit          = 0
    dead_letter_queue_name = join("", [for i in range(81) : "q"])
    dead_letter_retention  = 59
    maximum_event_age      = 86400.5
    maximum_retry_attempts = -1
  }

  expect_failures = [
    var.pattern_limit,
    var.dead_letter_queue_name,
    var.dead_letter_retention,
    var.maximum_event_age,
    var.maximum_retry_attempts,
  ]
}

run "name" {
  command = plan

  variables {
    name = "a name"
  }

  expect_failures = [var.name]
}

run "name_too_long_for_a_digest" {
  command = plan

  variables {
    name = join("", [for i in range(52) : "n"])
  }

  expect_failures = [var.name]
}

run "queue_arn" {
  command = plan

  variables {
    queue_arn = "dispatch"
  }

  expect_failures = [var.queue_arn]
}

run "fifo_without_a_fifo_queue" {
  command = plan

  variables {
    fifo = true
  }

  expect_failures = [var.fifo]
}

run "fifo_queue_without_fifo" {
  command = plan

  variables {
    queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch.fifo"
  }

  expect_failures = [var.fifo]
}

run "patterns_no_json" {
  command = plan

  variables {
    patterns       = ["{\"source\":[\"aws.ec2\"]}", "{source:"]
    named_patterns = {}
  }

  expect_failures = [var.patterns]
}

run "patterns_no_object" {
  command = plan

  variables {
    patterns = ["[\"aws.ec2\"]"]
  }

  expect_failures = [var.patterns]
}

run "patterns_twice" {
  command = plan

  variables {
    patterns = ["{\"source\":[\"aws.ec2\"]}", "{ \"source\": [\"aws.ec2\"] }"]
  }

  expect_failures = [var.patterns]
}

run "named_patterns_illegal_name" {
  command = plan

  variables {
    named_patterns = { "a name" = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_patterns_reserved_name" {
  command = plan

  variables {
    named_patterns = { schedule = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_patterns_long_name" {
  command = plan

  variables {
    named_patterns = { (join("", [for i in range(56) : "k"])) = "{\"source\":[\"aws.ec2\"]}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_patterns_empty" {
  command = plan

  variables {
    named_patterns = { ec2 = "{}" }
  }

  expect_failures = [var.named_patterns]
}

run "named_patterns_twice" {
  command = plan

  variables {
    patterns       = ["{\"source\":[\"aws.ec2\"]}"]
    named_patterns = { ec2 = "{ \"source\": [\"aws.ec2\"] }" }
  }

  expect_failures = [var.named_patterns]
}

run "named_patterns_that_take_a_digest" {
  command = plan

  variables {
    patterns       = ["{\"source\":[\"aws.ec2\"]}"]
    named_patterns = { "861f57528fc7" = "{\"source\":[\"aws.rds\"]}" }
  }

  expect_failures = [var.named_patterns]
}
