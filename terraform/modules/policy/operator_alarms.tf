locals {
  operator_alarm_statements = concat(
    [for arns in [var.alarm_arns] : {
      Sid    = "Alarms"
      Effect = "Allow"
      Action = [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ]
      Resource = arns
    } if length(arns) > 0],
    [for arn in [var.dashboard_arn] : {
      Sid      = "Dashboard"
      Effect   = "Allow"
      Action   = ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
      Resource = [arn]
    } if arn != null],
    [for arn in [var.alarm_topic_arn] : {
      Sid    = "AlarmTopic"
      Effect = "Allow"
      Action = [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:GetTopicAttributes",
        "sns:ListTagsForResource",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sns:TagResource",
        "sns:UntagResource",
      ]
      Resource = [arn]
    } if arn != null],
    # IAM knows no resource for a single subscription.
    [for arn in [var.alarm_topic_arn] : {
      Sid      = "Subscriptions"
      Effect   = "Allow"
      Action   = ["sns:GetSubscriptionAttributes", "sns:Unsubscribe"]
      Resource = ["*"]
    } if arn != null],
  )
}
