# As many forwarders as there are events_per_task waiting or held: what KEDA does in a cluster, with alarms.
locals {
  depth = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"]
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster}/${aws_ecs_service.this.name}"
  min_capacity       = var.min_tasks
  max_capacity       = var.max_tasks
}

# A step for each number of tasks; bounds are counted from the alarm's threshold, which is events_per_task.
resource "aws_appautoscaling_policy" "backlog" {
  name               = "${var.name}-backlog"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ExactCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 60

    dynamic "step_adjustment" {
      for_each = range(2, var.max_tasks + 1)

      content {
        scaling_adjustment          = max(step_adjustment.value, var.min_tasks)
        metric_interval_lower_bound = (step_adjustment.value - 2) * var.events_per_task
        metric_interval_upper_bound = step_adjustment.value == var.max_tasks ? null : (step_adjustment.value - 1) * var.events_per_task
      }
    }
  }
}

resource "aws_appautoscaling_policy" "quiet" {
  name               = "${var.name}-quiet"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ExactCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 60

    step_adjustment {
      scaling_adjustment          = var.min_tasks
      metric_interval_upper_bound = 0
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "depth" {
  for_each = {
    backlog = { operator = "GreaterThanOrEqualToThreshold", periods = 1, missing = "notBreaching", action = aws_appautoscaling_policy.backlog.arn }
    quiet   = { operator = "LessThanThreshold", periods = 5, missing = "breaching", action = aws_appautoscaling_policy.quiet.arn }
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Scales ${var.name}: events that wait or are held"
  comparison_operator = each.value.operator
  threshold           = var.events_per_task
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [each.value.action]

  metric_query {
    id          = "depth"
    expression  = "m0 + m1"
    label       = "waiting and held"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.depth

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value
        dimensions  = { QueueName = var.stack.queue_name }
        period      = 60
        stat        = "Maximum"
      }
    }
  }
}
