variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "refuses_what_is_no_arn_or_no_name" {
  command = plan

  variables {
    name                           = "a.name"
    queue_arn                      = "https://sqs.eu-west-1.amazonaws.com/123456789012/dispatch"
    event_bus_name                 = "arn:aws:events:eu-west-1:123456789012:event-bus/orders"
    dead_letter_queue_arn          = "dispatch-dead-letters"
    delivery_dead_letter_queue_arn = "dispatch-undelivered"
    kms_key_arn                    = "arn:aws:kms:eu-west-1:123456789012:alias/aws/sqs"
    stack_key_arns                 = ["arn:aws:kms:eu-west-1:123456789012:key/*"]
    bucket_arns                    = ["arn:aws:s3:::*"]
    adopted_bucket_arn             = "theirs"
    trail_arn                      = "dispatch-trail"
    alarm_topic_arn                = "dispatch-alarms"
    alarm_arns                     = ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"]
    dashboard_arn                  = "dispatch"
  }

  expect_failures = [
    var.name,
    var.queue_arn,
    var.event_bus_name,
    var.dead_letter_queue_arn,
    var.delivery_dead_letter_queue_arn,
    var.kms_key_arn,
    var.stack_key_arns,
    var.bucket_arns,
    var.adopted_bucket_arn,
    var.trail_arn,
    var.alarm_topic_arn,
    var.alarm_arns,
    var.dashboard_arn,
  ]
}
