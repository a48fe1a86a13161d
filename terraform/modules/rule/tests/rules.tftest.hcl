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
  patterns  = { ec2 = "{\"source\":[\"aws.ec2\"]}", rds = "{ \"source\": [\"aws.rds\"],\n \"detail-type\": [\"x\"] }" }
}

run "a_rule_per_pattern" {
  command = plan

  assert {
    condition     = { for k, r in aws_cloudwatch_event_rule.this : k => r.name } == { ec2 = "dispatch.ec2", rds = "dispatch.rds" }
    error_message = "a rule's name ends with its key"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["rds"].event_pattern == "{\"detail-type\":[\"x\"],\"source\":[\"aws.rds\"]}"
    error_message = "the pattern is canonical JSON"
  }

  assert {
    condition     = keys(aws_cloudwatch_event_target.queue) == keys(aws_cloudwatch_event_rule.this) && alltrue([for t in aws_cloudwatch_event_target.queue : t.arn == var.queue_arn && t.role_arn == null && length(t.sqs_target) == 0])
    error_message = "each rule sends to the queue, without a role and, to a standard queue, without a group"
  }

  assert {
    condition     = alltrue([for t in aws_cloudwatch_event_target.queue : t.retry_policy[0].maximum_event_age_in_seconds == 86400 && t.retry_policy[0].maximum_retry_attempts == 185])
    error_message = "EventBridge tries for a day"
  }

  assert {
    condition     = output.rule_names == ["dispatch.*"] && alltrue([for r in aws_cloudwatch_event_rule.this : startswith(r.name, "dispatch.")])
    error_message = "one pattern stands for the rules, whatever they are"
  }

  assert {
    condition     = alltrue([for r in aws_cloudwatch_event_rule.this : r.state == "ENABLED"])
    error_message = "the state is always said: a rule that somebody disabled is enabled again"
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letter.receive_wait_time_seconds == 20
    error_message = "what is undelivered is kept for two weeks, the longest that SQS offers"
  }
}

run "named_and_scheduled" {
  command = plan

  variables {
    patterns = { scaling = "{\"source\":[\"aws.autoscaling\"],\"detail\":{\"n\":[{\"numeric\":[\"<\",5]}]}}" }
    schedule = "rate(5 minutes)"
    tags     = { team = "ops" }
  }

  assert {
    condition     = jsonencode({ for k, r in aws_cloudwatch_event_rule.this : r.name => r.schedule_expression }) == jsonencode({ "dispatch.scaling" = null, "dispatch.schedule" = "rate(5 minutes)" })
    error_message = "a name is the key of its pattern, and the schedule is a rule of its own"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["schedule"].event_pattern == null
    error_message = "the schedule waits for no event"
  }

  assert {
    condition     = alltrue([for r in aws_cloudwatch_event_rule.this : r.tags == tomap({ team = "ops" })]) && aws_sqs_queue.dead_letter.tags == tomap({ team = "ops" })
    error_message = "everything that takes tags has them"
  }
}

run "what_only_reads" {
  command = plan

  variables {
    state    = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    patterns = { ec2 = "{\"source\":[\"aws.ec2\"]}" }
    schedule = "rate(1 day)"
  }

  assert {
    condition     = { for k, r in aws_cloudwatch_event_rule.this : k => r.state } == { ec2 = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", schedule = "ENABLED" }
    error_message = "a pattern sees the calls that only read, and a schedule sees no calls"
  }

  assert {
    condition     = { for k, r in output.rules : k => r.state } == { for k, r in aws_cloudwatch_event_rule.this : k => r.state }
    error_message = "the output has the state of each rule"
  }
}

run "disabled" {
  command = plan

  variables {
    state    = "DISABLED"
    schedule = "rate(1 day)"
  }

  assert {
    condition     = alltrue([for r in aws_cloudwatch_event_rule.this : r.state == "DISABLED"])
    error_message = "all of them are"
  }
}

run "undelivered" {
  variables {
    max_message_size = 131072
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.name == "dispatch-undelivered" && aws_sqs_queue.dead_letter.fifo_queue == null && aws_sqs_queue.dead_letter.sqs_managed_sse_enabled && aws_sqs_queue.dead_letter.max_message_size == 131072
    error_message = "EventBridge's dead letters go to an encrypted standard queue"
  }

  assert {
    condition     = alltrue([for t in aws_cloudwatch_event_target.queue : t.dead_letter_config[0].arn == aws_sqs_queue.dead_letter.arn])
    error_message = "every target has the dead-letter queue"
  }

  assert {
    condition = jsonencode(jsondecode(aws_sqs_queue.dead_letter.policy).Statement) == jsonencode([
      {
        Sid       = "OnlyTheseRulesSend"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:eu-west-1:123456789012:dispatch-undelivered"
        Condition = {
          ArnLike      = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:123456789012:rule/dispatch.*"] }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
      },
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "arn:aws:sqs:eu-west-1:123456789012:dispatch-undelivered"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ])
    error_message = "these rules may send to it, and no other"
  }

  assert {
    condition     = jsonencode({ for k, r in output.rules : k => [r.name, r.schedule] }) == jsonencode({ for k in keys(aws_cloudwatch_event_rule.this) : k => ["dispatch.${k}", null] })
    error_message = "the rules are told by key"
  }
}

run "message_groups" {
  command = plan

  variables {
    queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch.fifo"
    schedule  = "cron(0 12 * * ? *)"
    patterns = {
      one    = "{\"source\":[\"aws.ec2\"]}"
      two    = "{\"source\":[\"aws.ec2\",\"aws.rds\"]}"
      prefix = "{\"source\":[{\"prefix\":\"aws.\"}]}"
      none   = "{\"detail-type\":[\"x\"]}"
      spaced = "{\"source\":[\"a b\"]}"
    }
  }

  assert {
    condition = { for k, t in aws_cloudwatch_event_target.queue : k => t.sqs_target[0].message_group_id } == {
      one      = "aws.ec2"
      two      = "two"
      prefix   = "prefix"
      none     = "none"
      spaced   = "spaced"
      schedule = "aws.events"
    }
    error_message = "one source is the group; several, none or one that no group may be called leave the rule's key"
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.name == "dispatch-undelivered"
    error_message = "EventBridge's dead letters go to a standard queue, whatever the queue is"
  }
}

run "on_a_bus_of_its_own" {
  command = plan

  variables {
    patterns          = { paid = "{\"source\":[\"shop\"]}", sent = "{\"source\":[\"post\"]}" }
    rule_names        = { paid = "paid-orders" }
    event_bus_name    = "aws.partner/shop.example/1"
    archive_retention = 0
  }

  assert {
    condition     = { for k, r in aws_cloudwatch_event_rule.this : r.name => r.event_bus_name } == { "dispatch.sent" = var.event_bus_name, "paid-orders" = var.event_bus_name }
    error_message = "rules are on the bus, one under an exact name"
  }

  assert {
    condition     = alltrue([for t in aws_cloudwatch_event_target.queue : t.event_bus_name == var.event_bus_name])
    error_message = "and so are their targets"
  }

  assert {
    condition     = jsondecode(output.queue_policy_document).Statement[0].Condition.ArnLike["aws:SourceArn"] == [for n in ["dispatch.*", "paid-orders"] : "arn:aws:events:eu-west-1:123456789012:rule/aws.partner/shop.example/1/${n}"]
    error_message = "the queue's policy names the bus"
  }

  assert {
    condition = { for k, a in aws_cloudwatch_event_archive.this : a.name => [a.event_pattern, a.retention_days, a.event_source_arn] } == { for k in ["paid", "sent"] : "dispatch.${k}" => [
      aws_cloudwatch_event_rule.this[k].event_pattern, 0, "arn:aws:events:eu-west-1:123456789012:event-bus/${var.event_bus_name}",
    ] }
    error_message = "an archive for each pattern"
  }
}
