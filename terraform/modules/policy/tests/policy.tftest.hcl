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
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Sid] == ["Account", "Queues", "Rules", "Tail", "Targets"]
    error_message = "no bucket, no trail and no key: no grant for any"
  }

  assert {
    condition     = jsondecode(output.operator_policy).Statement[2].Resource == ["arn:aws:events:eu-west-1:123456789012:rule/dispatch.*"]
    error_message = "the operator touches this stack's rules alone"
  }

  assert {
    condition     = jsondecode(output.operator_policy).Statement[1].Resource == [var.queue_arn]
    error_message = "the operator touches this stack's queues alone"
  }

  assert {
    condition     = output.key_maker_policy == null && output.dead_letters_policy == null
    error_message = "what there is nothing of, nobody needs a policy for"
  }
}

run "everything" {
  variables {
    dead_letter_queue_arn          = "arn:aws:sqs:eu-west-1:123456789012:dispatch-dead-letters"
    delivery_dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch-undelivered"
    kms_key_arn                    = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
    create_key                     = true
    tag_keys                       = ["team"]
    bucket_arns                    = ["arn:aws:s3:::watched", "arn:aws:s3:::dispatch-trail-123456789012-eu-west-1"]
    adopted_bucket_arn             = "arn:aws:s3:::theirs"
    force_destroy                  = true
    trail_arn                      = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/dispatch-trail"
    alarms = {
      alarm_arns  = [for a in ["age", "stalled", "dead-letters", "undelivered"] : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:dispatch-${a}"]
      kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/4-5-6"
      topic_arn   = "arn:aws:sns:eu-west-1:123456789012:dispatch-alarms"
    }
  }

  assert {
    condition     = alltrue([for p in [output.operator_policy, output.observer_policy, output.key_maker_policy] : length(p) <= 6144])
    error_message = "IAM takes 6,144 characters at most"
  }

  assert {
    condition = alltrue([for s in concat(jsondecode(output.operator_policy).Statement, jsondecode(output.observer_policy).Statement) :
      !contains(s.Resource, "*") || contains(["Account"], s.Sid)
    ])
    error_message = "only what AWS knows no resource for is granted on every resource"
  }

  assert {
    condition     = alltrue(flatten([for s in jsondecode(output.operator_policy).Statement : [for a in s.Action : !strcontains(a, "*") && !startswith(a, "iam:")]]))
    error_message = "every action is named, and none is IAM's"
  }

  assert {
    condition = jsonencode({
      for s in jsondecode(output.operator_policy).Statement : s.Sid => s.Resource if contains(["Queues", "DeadLetters", "Buckets", "EmptyBuckets", "AdoptedBucket", "Trail", "Alarms", "Key", "StackKeys"], s.Sid)
      }) == jsonencode({
      Queues        = [var.queue_arn, var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn]
      DeadLetters   = [var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn]
      Buckets       = var.bucket_arns
      EmptyBuckets  = [for a in var.bucket_arns : "${a}/*"]
      AdoptedBucket = ["arn:aws:s3:::theirs"]
      Trail         = [var.trail_arn]
      Alarms        = concat(var.alarms.alarm_arns, [var.alarms.topic_arn])
      Key           = [var.kms_key_arn]
      StackKeys     = [var.kms_key_arn, var.alarms.kms_key_arn]
    })
    error_message = "each grant names the stack's own resource"
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.operator_policy).Statement : !contains(s.Action, "s3:DeleteBucket") || !contains(s.Resource, "arn:aws:s3:::theirs")])
    error_message = "an adopted bucket is never deleted"
  }

  assert {
    condition     = !strcontains(output.operator_policy, "CreateKey") && !strcontains(output.operator_policy, "aws:ResourceTag")
    error_message = "who operates makes no keys, and knows them by their ARNs"
  }

  assert {
    condition = {
      for s in jsondecode(output.forwarder_policy).Statement : s.Sid => [s.Action, s.Resource] if s.Sid != "Relay"
      } == {
      DeadLetter = [["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"], [var.dead_letter_queue_arn]]
      UseKey     = [["kms:Decrypt", "kms:GenerateDataKey"], [var.kms_key_arn]]
    }
    error_message = "the forwarder may also dead-letter, and use the key"
  }

  assert {
    condition = alltrue(flatten([for s in jsondecode(output.observer_policy).Statement : [for a in s.Action :
      can(regex("^[a-z0-9]+:(Describe|Get|List)", a)) || contains(["DeadLetters", "ReadDeadLetters"], s.Sid)
    ]]))
    error_message = "all is only read, dead letters too"
  }

  assert {
    condition = jsonencode({
      for s in concat(jsondecode(output.tail_policy).Statement, jsondecode(output.dead_letters_policy).Statement) : s.Sid => s.Resource if s.Sid != "UseKey"
      }) == jsonencode({
      DeadLetters = [var.dead_letter_queue_arn, var.delivery_dead_letter_queue_arn]
      Lists       = ["*"]
      Redrive     = [var.queue_arn]
      Tail        = ["arn:aws:events:eu-west-1:123456789012:rule/dispatch_tail-*", "arn:aws:sqs:eu-west-1:123456789012:dispatch_tail-*"]
      TailTargets = ["arn:aws:events:eu-west-1:123456789012:rule/dispatch_tail-*"]
    })
    error_message = "tail touches its own; the queue that feeds the forwarder is sent to, and never received from"
  }

  assert {
    condition = alltrue([for p in [output.forwarder_policy, output.operator_policy, output.observer_policy, output.dead_letters_policy] : alltrue([
      for s in jsondecode(p).Statement : s.Condition == { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = [var.queue_arn, var.dead_letter_queue_arn] } } if contains(s.Action, "kms:Decrypt")
    ])])
    error_message = "the key decrypts messages of these queues, and nothing else"
  }
}

run "alarms_alone" {
  variables {
    alarms = {
      alarm_arns = []
      topic_arn  = "arn:aws:sns:eu-west-1:123456789012:dispatch-alarms"
    }
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Sid] == ["Account", "Alarms", "Queues", "Rules", "Tail", "Targets"]
    error_message = "the key is its maker's until its ARN is known"
  }

  assert {
    condition     = [for s in jsondecode(output.key_maker_policy).Statement : s.Sid] == ["MakeKeys", "NewKeys"]
    error_message = "who makes the key needs a policy for it"
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
    kms_key_arn           = "arn:aws:kms:eu-west-1:123456789012:key/1-2-3"
    dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:dispatch-dead-letters"
  }

  assert {
    condition = [for s in jsondecode(output.operator_policy).Statement : [s.Action, s.Resource] if strcontains(jsonencode(s.Action), "kms:")] == [
      [["kms:DescribeKey"], [var.kms_key_arn]],
      [["kms:Decrypt"], [var.kms_key_arn]],
    ]
    error_message = "the operator reads dead letters, and otherwise leaves the key alone"
  }
}

run "custom_bus_given_queue_and_archives" {
  variables {
    event_bus_name = "orders"
    rule_names     = ["paid-orders"]
    create_queue   = false
    archives       = true
  }

  assert {
    condition = jsonencode({ for s in jsondecode(output.operator_policy).Statement : s.Sid => s.Resource if contains(["Rules", "Archives", "Queues", "GivenQueue", "Tail"], s.Sid) }) == jsonencode({
      Archives   = ["arn:aws:events:eu-west-1:123456789012:archive/dispatch.*", "arn:aws:events:eu-west-1:123456789012:event-bus/orders"]
      GivenQueue = [var.queue_arn]
      Rules      = ["arn:aws:events:eu-west-1:123456789012:rule/orders/dispatch.*", "arn:aws:events:eu-west-1:123456789012:rule/orders/paid-orders"]
      Tail       = ["arn:aws:events:eu-west-1:123456789012:rule/orders/dispatch_tail-*", "arn:aws:sqs:eu-west-1:123456789012:dispatch_tail-*"]
    })
    error_message = "the bus is in the rules' ARNs, and a given queue is only looked at"
  }

  assert {
    condition     = !strcontains(output.operator_policy, "sqs:SetQueueAttributes")
    error_message = "nobody changes a given queue"
  }

  assert {
    condition     = [for s in jsondecode(output.put_events_policy).Statement : s.Resource] == [["arn:aws:events:eu-west-1:123456789012:event-bus/orders"]]
    error_message = "events are put on this bus alone"
  }
}

run "partner_bus" {
  variables {
    event_bus_name = "aws.partner/shop.example/1"
  }

  assert {
    condition     = output.put_events_policy == null
    error_message = "only the partner puts events on a partner's bus"
  }
}

# Every validation fails once for its own reason.

run "refuses_what_is_no_arn_or_no_name" {
  command = plan

  variables {
    name        = "a.name"
    queue_arn   = "https://sqs.eu-west-1.amazonaws.com/123456789012/dispatch"
    rule_names  = ["*"]
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:alias/aws/sqs"
  }

  expect_failures = [
    var.name,
    var.queue_arn,
    var.rule_names,
    var.kms_key_arn,
  ]
}
