# The documents for people and programs: the forwarder's and the operator's.

variables {
  name      = "dispatch"
  queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch"
}

run "the_least" {
  assert {
    condition = jsondecode(output.forwarder_policy).Statement == [{
      Sid    = "Relay"
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
      ]
      Resource = [var.queue_arn]
    }]
    error_message = "a forwarder with one queue gets that queue and nothing else"
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Sid] == ["Rules", "Queues", "TailQueues", "Lists", "Metrics"]
    error_message = "no bucket, no trail and no key: no grant for any"
  }

  assert {
    condition     = jsondecode(output.operator_policy).Statement[0].Resource == ["arn:aws:events:eu-west-1:123456789012:rule/dispatch.*"]
    error_message = "the operator touches this stack's rules alone"
  }

  assert {
    condition     = jsondecode(output.operator_policy).Statement[1].Resource == [var.queue_arn]
    error_message = "the operator touches this stack's queues alone"
  }
}

run "everything" {
  variables {
    dead_letter_queue_arn          = "arn:aws:sqs:eu-west-1:123456789012:dispatch-dead-letters"
    delivery_dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch-undelivered"
    kms_key_arn                    = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
    create_key                     = true
    bucket_arns                    = ["arn:aws:s3:::watched", "arn:aws:s3:::dispatch-trail-123456789012-eu-west-1"]
    adopted_bucket_arn             = "arn:aws:s3:::theirs"
    force_destroy                  = true
    trail_arn                      = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail"
    alarm_topic_arn                = "arn:aws:sns:eu-west-1:123456789012:dispatch-alarms"
    alarm_arns                     = [for a in ["age", "stalled", "dead-letters", "undelivered"] : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:dispatch-${a}"]
    dashboard_arn                  = "arn:aws:cloudwatch::123456789012:dashboard/dispatch-eu-west-1"
  }

  assert {
    condition     = length(output.operator_policy) <= 6144
    error_message = "IAM takes 6,144 characters at most"
  }

  assert {
    condition = alltrue([for s in jsondecode(output.operator_policy).Statement :
      !contains(s.Resource, "*") || contains(["Metrics", "Lists", "Trails", "MakeKey", "FindKeys", "Subscriptions"], s.Sid)
    ])
    error_message = "only what AWS knows no resource for is granted on every resource"
  }

  assert {
    condition     = alltrue(flatten([for s in jsondecode(output.operator_policy).Statement : [for a in s.Action : !strcontains(a, "*") && !startswith(a, "iam:")]]))
    error_message = "every action is named, and none is IAM's"
  }

  assert {
    condition = jsonencode({
      for s in jsondecode(output.operator_policy).Statement : s.Sid => s.Resource if contains(["Queues", "DeadLetters", "Buckets", "EmptyBuckets", "AdoptedBucket", "Trail", "Alarms", "AlarmTopic", "Dashboard"], s.Sid)
      }) == jsonencode({
      Queues        = [var.queue_arn, var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn]
      DeadLetters   = [var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn]
      Buckets       = var.bucket_arns
      EmptyBuckets  = [for a in var.bucket_arns : "${a}/*"]
      AdoptedBucket = ["arn:aws:s3:::theirs"]
      Trail         = [var.trail_arn]
      Alarms        = var.alarm_arns
      AlarmTopic    = [var.alarm_topic_arn]
      Dashboard     = [var.dashboard_arn]
    })
    error_message = "each grant names the stack's own resource"
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.operator_policy).Statement : !contains(s.Action, "s3:DeleteBucket") || !contains(s.Resource, "arn:aws:s3:::theirs")])
    error_message = "an adopted bucket is never deleted"
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Condition.StringEquals["aws:ResourceTag/dispatch-events-aws:stack"] if s.Sid == "Key"] == ["dispatch"]
    error_message = "the stack's tag tells its key from others"
  }

  assert {
    condition = {
      for s in jsondecode(output.forwarder_policy).Statement : s.Sid => [s.Action, s.Resource] if s.Sid != "Relay"
      } == {
      DeadLetter = [["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"], [var.dead_letter_queue_arn]]
      Decrypt    = [["kms:Decrypt", "kms:GenerateDataKey"], [var.kms_key_arn]]
    }
    error_message = "the forwarder may also dead-letter, and use the key"
  }
}

run "alarms_alone" {
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-west-1:123456789012:dispatch-alarms"
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Sid] == ["Rules", "Queues", "TailQueues", "Lists", "Metrics", "MakeKey", "Key", "FindKeys", "AlarmTopic", "Subscriptions"]
    error_message = "the topic comes with a key"
  }

  assert {
    condition     = !strcontains(output.operator_policy, "Alias")
    error_message = "which has no alias"
  }
}

run "observer" {
  variables {
    dead_letter_queue_arn          = "arn:aws:sqs:eu-west-1:123456789012:dispatch-dead-letters"
    delivery_dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch-undelivered"
    kms_key_arn                    = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
    create_key                     = true
    bucket_arns                    = ["arn:aws:s3:::watched", "arn:aws:s3:::dispatch-trail-123456789012-eu-west-1"]
    adopted_bucket_arn             = "arn:aws:s3:::theirs"
    trail_arn                      = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail"
    alarm_topic_arn                = "arn:aws:sns:eu-west-1:123456789012:dispatch-alarms"
    alarm_arns                     = ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:dispatch-age"]
  }

  assert {
    condition     = length(output.observer_policy) <= 6144
    error_message = "IAM takes 6,144 characters at most"
  }

  assert {
    condition = alltrue([for s in jsondecode(output.observer_policy).Statement :
      !contains(s.Resource, "*") || contains(["Metrics", "Lists", "Aliases", "Trails", "Subscriptions"], s.Sid)
    ])
    error_message = "only what AWS knows no resource for is granted on every resource"
  }

  assert {
    condition = alltrue(flatten([for s in jsondecode(output.observer_policy).Statement : [for a in s.Action :
      can(regex("^[a-z0-9]+:(Describe|Get|List)", a)) || contains(["TailRules", "TailQueues", "DeadLetters", "Redrive", "UseKey"], s.Sid)
    ]]))
    error_message = "what is not tail's own or a dead letter is only read"
  }

  assert {
    condition = jsonencode({
      for s in jsondecode(output.observer_policy).Statement : s.Sid => s.Resource if contains(["TailRules", "TailQueues", "DeadLetters", "Redrive"], s.Sid)
      }) == jsonencode({
      TailRules   = ["arn:aws:events:eu-west-1:123456789012:rule/dispatch_tail-*"]
      TailQueues  = ["arn:aws:sqs:eu-west-1:123456789012:dispatch_tail-*"]
      DeadLetters = [var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn]
      Redrive     = [var.queue_arn]
    })
    error_message = "the queue that feeds the forwarder is sent to, and never received from"
  }
}

run "objects_stay" {
  variables {
    bucket_arns = ["arn:aws:s3:::watched"]
  }

  assert {
    condition     = !strcontains(output.operator_policy, "s3:DeleteObject")
    error_message = "without force_destroy nobody deletes objects"
  }
}

run "a_key_of_somebody_else" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
  }

  assert {
    condition = [for s in jsondecode(output.operator_policy).Statement : [s.Action, s.Resource] if s.Sid == "DeadLetterKey"] == [
      [["kms:Decrypt", "kms:DescribeKey"], [var.kms_key_arn]]
    ]
    error_message = "the operator reads dead letters, and otherwise leaves the key alone"
  }
}
