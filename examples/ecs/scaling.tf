# As many forwarders as there are events_per_task waiting or held: what KEDA does in a cluster, with alarms.
locals {
  # A step for each number of tasks; bounds are counted from the alarm's threshold, which is events_per_task.
  steps = {
    backlog = [for tasks in range(2, var.max_tasks + 1) : {
      tasks = max(tasks, var.min_tasks)
      lower = (tasks - 2) * var.events_per_task
      upper = tasks == var.max_tasks ? null : (tasks - 1) * var.events_per_task
    }]
    quiet = [{ tasks = var.min_tasks, lower = null, upper = 0 }]
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster}/${aws_ecs_service.this.name}"
  min_capacity       = var.min_tasks
  max_capacity       = var.max_tasks
}

resource "aws_appautoscaling_policy" "this" {
  for_each = local.steps

  name               = "${var.name}-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ExactCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 60

    dynamic "step_adjustment" {
      for_each = each.value

      content {
        scaling_adjustment          = step_adjustment.value.tasks
        metric_interval_lower_bound = step_adjustment.value.lower
        metric_interval_upper_bound = step_adjustment.value.upper
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "depth" {
  for_each = {
    backlog = { operator = "GreaterThanOrEqualToThreshold", periods = 1, missing = "notBreaching" }
    quiet   = { operator = "LessThanThreshold", periods = 5, missing = "breaching" }
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Scales ${var.name}: events that wait or are held"
  comparison_operator = each.value.operator
  threshold           = var.events_per_task
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_appautoscaling_policy.this[each.key].arn]

  metric_query {
    id          = "depth"
    expression  = "m0 + m1"
    label       = "waiting and held"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"]

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
