data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  # By construction, because the key's policy names the topic, and the topic's the alarms.
  topic     = "${var.name}-alarms"
  topic_arn = "arn:${local.partition}:sns:${local.region}:${local.account}:${local.topic}"
  alarms    = concat(["${var.name}-age", "${var.name}-stalled"], [for k in keys(var.dead_letter_queues) : "${var.name}-${k}"])
  arns      = [for a in local.alarms : "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${a}"]
}

# A queue that holds messages reports every minute. One that is empty and that nobody polls reports nothing after six hours:
# what is missing is therefore good news, for every alarm here.

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${var.name}-age"
  alarm_description   = "The oldest event in ${var.queue_name} is older than ${var.max_age} seconds: the forwarder is not running, or the receiver does not accept events."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = var.queue_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_age
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = var.dead_letter_queues

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "There are events in ${each.value}: ${each.key == "undelivered" ? "EventBridge could not put them into the queue" : "the receiver refused them permanently, or they were received too often without being delivered"}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
  tags                = var.tags
}

# Messages in flight wait, too: while the receiver is away the forwarder keeps what it holds invisible. Of the three, the depth
# alone is reported for every minute that a queue is in use, so its gaps stay gaps and the others' are zeros.
resource "aws_cloudwatch_metric_alarm" "stalled" {
  alarm_name          = "${var.name}-stalled"
  alarm_description   = "For ${var.stalled_minutes} minutes events have waited in ${var.queue_name} and none was deleted: none was delivered."
  evaluation_periods  = var.stalled_minutes
  datapoints_to_alarm = var.stalled_minutes
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
  tags                = var.tags

  metric_query {
    id          = "stalled"
    label       = "Waiting, and none deleted"
    expression  = "IF((visible + FILL(inflight, 0) > 0) AND (FILL(deleted, 0) == 0), 1, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      deleted  = ["NumberOfMessagesDeleted", "Sum"]
      inflight = ["ApproximateNumberOfMessagesNotVisible", "Maximum"]
      visible  = ["ApproximateNumberOfMessagesVisible", "Maximum"]
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value[0]
        dimensions  = { QueueName = var.queue_name }
        stat        = metric_query.value[1]
        period      = 60
      }
    }
  }
}
