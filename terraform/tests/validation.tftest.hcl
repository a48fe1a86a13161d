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
}

# What the modules judge by themselves is tested there.
variables {
  patterns = ["{\"source\":[\"aws.ec2\"]}"]
}

run "taken_tags" {
  command = plan

  variables {
    tags          = { "dispatch-events-aws:stack" = "mine" }
    object_events = "none"
    queue_arn     = "arn:aws:sqs:eu-west-1:123456789012:theirs"
  }

  expect_failures = [
    var.tags,
    var.object_events,
    var.queue_arn,
  ]
}

run "too_long" {
  command = plan

  variables {
    name = join("", [for i in range(52) : "n"])
    tags = { team = "{ops}" }
  }

  expect_failures = [
    var.name,
    var.tags,
  ]
}

run "nothing_to_relay" {
  command = plan

  variables {
    patterns = []
    tags     = { "AWS:team" = "ops" }
  }

  expect_failures = [
    var.patterns,
    var.tags,
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

run "nobody_is_told_of_nothing" {
  command = plan

  variables {
    alarm_endpoints = ["ops@receiver.example"]
  }

  expect_failures = [var.alarm_endpoints]
}

run "name_in_capitals" {
  command = plan

  variables {
    name = "Dispatch"
  }

  expect_failures = [var.name]
}

run "named_like_a_digest" {
  command = plan

  variables {
    named_patterns = { "861f57528fc7" = "{\"source\":[\"aws.rds\"]}" }
  }

  expect_failures = [var.patterns]
}

run "bucket_on_another_bus" {
  command = plan

  variables {
    event_bus_name = "orders"
    bucket         = "watched"
  }

  expect_failures = [var.event_bus_name]
}

run "given_queue_of_another_region" {
  command = plan

  variables {
    create_queue = false
    queue_arn    = "arn:aws:sqs:eu-central-1:123456789012:theirs"
  }

  expect_failures = [data.aws_sqs_queue.given]
}

run "given_queue_of_another_account" {
  command = plan

  variables {
    create_queue = false
    queue_arn    = "arn:aws:sqs:eu-west-1:210987654321:theirs"
  }

  expect_failures = [data.aws_sqs_queue.given]
}

run "given_queue_with_policy_documents" {
  command = plan

  variables {
    create_queue           = false
    queue_arn              = "arn:aws:sqs:eu-west-1:123456789012:theirs"
    queue_policy_documents = ["{\"Statement\":[]}"]
  }

  expect_failures = [var.create_queue]
}

run "given_queue_with_a_name" {
  command = plan

  variables {
    create_queue = false
    queue_arn    = "arn:aws:sqs:eu-west-1:123456789012:theirs"
    queue_name   = "theirs"
  }

  expect_failures = [var.create_queue]
}

run "no_queue_at_all" {
  command = plan

  variables {
    create_queue = false
    queue_arn    = null
    kms_key      = "create"
  }

  expect_failures = [var.create_queue]
}
