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

# Every validation fails once for its own reason. A run takes several variables, as long as none of them is judged by another.

run "too_little" {
  command = plan

  variables {
    queue_name         = "arn:aws:sqs:eu-west-1:123456789012:events"
    dead_letter_queues = { dead-letters = "https://sqs.eu-west-1.amazonaws.com/123456789012/events" }
    max_age            = 59
    stalled_minutes    = 0
    endpoints          = ["http://receiver.example"]
  }

  expect_failures = [
    var.queue_name,
    var.dead_letter_queues,
    var.max_age,
    var.stalled_minutes,
    var.endpoints,
  ]
}

run "too_much" {
  command = plan

  variables {
    queue_name      = join("", [for i in range(81) : "q"])
    max_age         = 1209601
    stalled_minutes = 1441
  }

  expect_failures = [
    var.queue_name,
    var.max_age,
    var.stalled_minutes,
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

# What is made.

run "one_queue" {
  assert {
    condition     = [aws_cloudwatch_metric_alarm.age.alarm_name, aws_cloudwatch_metric_alarm.stalled.alarm_name] == ["dispatch-age", "dispatch-stalled"] && length(aws_cloudwatch_metric_alarm.dead_letters) == 0
    error_message = "two alarms, and none on dead letters where there are none"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.age.threshold == 900 && aws_cloudwatch_metric_alarm.age.dimensions == tomap({ QueueName = "events" }) && aws_cloudwatch_metric_alarm.age.metric_name == "ApproximateAgeOfOldestMessage"
    error_message = "an event may be a quarter of an hour old"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.stalled.evaluation_periods == 15 && aws_cloudwatch_metric_alarm.stalled.datapoints_to_alarm == 15
    error_message = "and a quarter of an hour may pass without a delete"
  }

  assert {
    condition = { for q in aws_cloudwatch_metric_alarm.stalled.metric_query : q.id => join("", q.metric[*].metric_name) } == {
      deleted  = "NumberOfMessagesDeleted"
      inflight = "ApproximateNumberOfMessagesNotVisible"
      stalled  = ""
      visible  = "ApproximateNumberOfMessagesVisible"
    }
    error_message = "what the expression names is there"
  }

  assert {
    condition     = one([for q in aws_cloudwatch_metric_alarm.stalled.metric_query : q.expression if q.return_data == true]) == "IF((visible + FILL(inflight, 0) > 0) AND (FILL(deleted, 0) == 0), 1, 0)"
    error_message = "a minute without depth is no minute of waiting; one without deletes is"
  }

  assert {
    condition     = alltrue([for a in [aws_cloudwatch_metric_alarm.age, aws_cloudwatch_metric_alarm.stalled] : a.treat_missing_data == "notBreaching" && a.alarm_actions == toset([aws_sns_topic.this.arn]) && a.ok_actions == a.alarm_actions])
    error_message = "an idle queue says nothing, and that is well; the topic hears of both ends of an alarm"
  }

  assert {
    condition     = output.topic_arn == "arn:aws:sns:eu-west-1:123456789012:dispatch-alarms" && length(aws_sns_topic_subscription.this) == 0
    error_message = "the topic is named after the stack, and nobody is subscribed unasked"
  }

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == output.alarm_arns && jsondecode(aws_sns_topic.this.policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "these alarms of this account publish, and nothing else"
  }

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[1].Condition.Bool["aws:SecureTransport"] == "false" && alltrue([for s in jsondecode(aws_sns_topic.this.policy).Statement : s.Resource == output.topic_arn])
    error_message = "over TLS"
  }

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == aws_kms_key.this.arn && aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 7
    error_message = "the topic has a key of its own, which is rotated"
  }

  assert {
    condition     = jsondecode(aws_kms_key.this.policy).Statement[1].Principal.Service == "cloudwatch.amazonaws.com" && jsondecode(aws_kms_key.this.policy).Statement[1].Condition.StringEquals["kms:EncryptionContext:aws:sns:topicArn"] == output.topic_arn
    error_message = "CloudWatch encrypts for this topic alone"
  }
}

run "all" {
  variables {
    dead_letter_queues = { dead-letters = "events-dead-letters", undelivered = "events-undelivered" }
    max_age            = 60
    stalled_minutes    = 1
    endpoints          = ["ops@receiver.example", "https://receiver.example/alarms?key=1"]
    tags               = { team = "ops" }
  }

  assert {
    condition     = { for k, a in aws_cloudwatch_metric_alarm.dead_letters : a.alarm_name => a.dimensions.QueueName } == { dispatch-dead-letters = "events-dead-letters", dispatch-undelivered = "events-undelivered" }
    error_message = "an alarm for each queue of dead letters"
  }

  assert {
    condition     = alltrue([for a in values(aws_cloudwatch_metric_alarm.dead_letters) : a.threshold == 0 && a.evaluation_periods == 1 && a.metric_name == "ApproximateNumberOfMessagesVisible" && a.treat_missing_data == "notBreaching" && a.tags == tomap({ team = "ops" })])
    error_message = "at the first dead letter"
  }

  assert {
    condition     = { for e, s in aws_sns_topic_subscription.this : e => s.protocol } == { "ops@receiver.example" = "email", "https://receiver.example/alarms?key=1" = "https" }
    error_message = "each is told in its own way"
  }

  assert {
    condition     = sort(output.alarm_arns) == sort([for a in ["age", "dead-letters", "stalled", "undelivered"] : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:dispatch-${a}"])
    error_message = "all alarms are known"
  }
}
