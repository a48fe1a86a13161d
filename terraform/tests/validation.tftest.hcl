# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.
mock_provider "aws" {
  source = "./tests/aws"
}

variables {
  patterns = ["{\"source\":[\"aws.ec2\"]}"]
}

run "too_little" {
  command = plan

  variables {
    schedule           = "every 5 minutes"
    queue_name         = "dispatch.fifo"
    visibility_timeout = -1
    retention          = 59
    max_receive_count  = 0
    kms_key            = "alias/aws/sqs"
    bucket             = "B"
    prefixes           = []
    object_events      = "none"
    tags               = { "dispatch-events-aws:stack" = "mine" }
  }

  expect_failures = [
    var.schedule,
    var.queue_name,
    var.visibility_timeout,
    var.retention,
    var.max_receive_count,
    var.kms_key,
    var.bucket,
    var.prefixes,
    var.object_events,
    var.tags,
  ]
}

run "too_much" {
  command = plan

  variables {
    name               = join("", [for i in range(52) : "n"])
    queue_name         = join("", [for i in range(63) : "q"])
    visibility_timeout = 43201
    retention          = 1209601
    max_receive_count  = 1001
    prefixes           = ["/images"]
    tags               = { team = "{ops}" }
  }

  expect_failures = [
    var.name,
    var.queue_name,
    var.visibility_timeout,
    var.retention,
    var.max_receive_count,
    var.prefixes,
    var.tags,
  ]
}

run "nothing_to_relay" {
  command = plan

  variables {
    patterns           = []
    visibility_timeout = 0.5
    retention          = 60.5
    max_receive_count  = 1.5
    prefixes           = ["images/*"]
    tags               = { "AWS:team" = "ops" }
  }

  expect_failures = [
    var.patterns,
    var.visibility_timeout,
    var.retention,
    var.max_receive_count,
    var.prefixes,
    var.tags,
  ]
}

run "named_nothing_and_grants_to_everybody" {
  command = plan

  variables {
    named_patterns = { ec2 = "[]" }
    bucket         = "watched"
    prefixes       = ["images/", "images/"]
    grantees       = ["*"]
  }

  expect_failures = [
    var.named_patterns,
    var.prefixes,
    var.grantees,
  ]
}

run "named_like_the_stacks_own_and_grants_on_an_adopted_bucket" {
  command = plan

  variables {
    named_patterns = { objects = "{\"source\":[\"aws.rds\"]}" }
    bucket         = "theirs"
    adopt_bucket   = true
    grantees       = ["123456789012"]
  }

  expect_failures = [
    var.named_patterns,
    var.grantees,
  ]
}

run "named_at_length_and_nothing_to_adopt" {
  command = plan

  variables {
    named_patterns = { (join("", [for i in range(56) : "k"])) = "{\"source\":[\"aws.rds\"]}" }
    adopt_bucket   = true
  }

  expect_failures = [
    var.named_patterns,
    var.adopt_bucket,
  ]
}

run "name_too_long_for_a_log_bucket" {
  command = plan

  variables {
    name          = join("", [for i in range(30) : "n"])
    bucket        = "watched"
    object_events = "trail"
  }

  expect_failures = [var.name]
}

run "patterns_no_json" {
  command = plan

  variables {
    patterns = ["source=aws.ec2"]
  }

  expect_failures = [var.patterns]
}

run "name_in_capitals" {
  command = plan

  variables {
    name = "Dispatch"
  }

  expect_failures = [var.name]
}

run "nobody_is_told_of_nothing" {
  command = plan

  variables {
    alarm_endpoints = ["ops@receiver.example"]
  }

  expect_failures = [var.alarm_endpoints]
}

run "alarms_out_of_range" {
  command = plan

  variables {
    alarms                = true
    alarm_endpoints       = ["http://receiver.example"]
    alarm_max_age         = 59
    alarm_stalled_minutes = 1441
  }

  expect_failures = [
    var.alarm_endpoints,
    var.alarm_max_age,
    var.alarm_stalled_minutes,
  ]
}
