locals {
  # Dashboards belong to the account, not to a region.
  dashboard = "${var.name}-${local.region}"

  console = {
    aws        = "${local.region}.console.aws.amazon.com"
    aws-cn     = "console.amazonaws.cn"
    aws-us-gov = "console.amazonaws-us-gov.com"
  }

  queue_graphs = [
    {
      title   = "Waiting and in flight"
      stat    = "Maximum"
      metrics = [for m in ["Visible", "NotVisible", "Delayed"] : ["AWS/SQS", "ApproximateNumberOfMessages${m}", "QueueName", var.queue_name]]
    },
    {
      title       = "Age of the oldest event, seconds"
      stat        = "Maximum"
      metrics     = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queue_name]]
      annotations = { horizontal = [{ label = "${var.name}-age", value = var.max_age }] }
    },
    {
      title   = "Sent, received, deleted a minute"
      stat    = "Sum"
      metrics = [for m in ["Sent", "Received", "Deleted"] : ["AWS/SQS", "NumberOfMessages${m}", "QueueName", var.queue_name]]
    },
  ]

  dead_letter_graphs = length(var.dead_letter_queues) == 0 ? [] : [{
    title   = "Dead letters and undelivered"
    stat    = "Maximum"
    metrics = [for q in values(var.dead_letter_queues) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", q]]
  }]

  # Metrics of rules on another bus than the default one have the bus's name as a dimension, too.
  bus = var.event_bus_name == "default" ? tolist([]) : ["EventBusName", var.event_bus_name]

  # EventBridge reports what is not zero. A rule's dead letters are those that went to the queue of what could not be delivered.
  rule_graphs = [for title, names in {
    "Rules: matched events" = ["MatchedEvents"]
    "Rules: invocations"    = ["Invocations", "FailedInvocations"]
    "Rules: undelivered"    = ["InvocationsSentToDlq", "InvocationsFailedToBeSentToDlq"]
    } : {
    title   = title
    stat    = "Sum"
    metrics = [for pair in setproduct(slice(var.rule_names, 0, min(250, length(var.rule_names))), names) : concat(["AWS/Events", pair[1]], local.bus, ["RuleName", pair[0]])]
  } if length(var.rule_names) > 0]

  graphs = concat(local.queue_graphs, local.dead_letter_graphs, local.rule_graphs)
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.dashboard

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { title = "Alarms of ${var.name}", alarms = local.arns }
      }],
      [for i, graph in local.graphs : {
        type       = "metric"
        x          = i % 3 * 8
        y          = 3 + floor(i / 3) * 6
        width      = 8
        height     = 6
        properties = merge({ region = local.region, period = 60, view = "timeSeries", stacked = false }, graph)
      }],
    )
  })
}
