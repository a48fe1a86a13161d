# What the root makes of its variables. Plans suffice where no key is made: names, ARNs and policies are known before anything
# exists.
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

  mock_data "aws_s3_bucket" {
    defaults = { id = "theirs" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:mocked"
      url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked"
    }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
}

run "two_patterns" {
  command = plan

  variables {
    patterns = ["{\"source\":[\"aws.ec2\"]}", "{\"source\":[\"aws.autoscaling\"]}"]
  }

  assert {
    condition     = length(output.rules) == 2 && alltrue([for k, r in output.rules : r.name == "dispatch.${k}"])
    error_message = "a rule per pattern, named by the stack and the digest"
  }

  assert {
    condition     = output.queue_name == "dispatch" && length(module.bucket) == 0 && length(module.trail) == 0
    error_message = "the queue is named after the stack; no bucket and no trail"
  }

  assert {
    condition     = module.rule.rule_names == ["dispatch.*"]
    error_message = "the queue admits these rules, whatever they are"
  }

  assert {
    condition     = alltrue([for o in [output.alarm_topic_arn, output.bucket, output.kms_key_arn, output.object_reader_policy, output.function_policy, output.key_maker_policy] : o == null])
    error_message = "what is not made is null"
  }

  assert {
    condition     = output.region == "eu-west-1"
    error_message = "where the stack is"
  }
}

run "order_and_white_space_do_not_matter" {
  command = plan

  variables {
    patterns = ["{ \"detail-type\": [\"x\"],\n \"source\": [\"aws.rds\"] }", "{\"source\":[\"aws.ec2\"]}"]
  }

  assert {
    condition     = keys(output.rules) == ["861f57528fc7", "d8c07041ec83"] && alltrue([for k, r in output.rules : k == substr(sha256(r.pattern), 0, 12)])
    error_message = "a rule's key is the digest of its pattern's canonical JSON"
  }
}

# The longest name: EventBridge's 64 characters less the dot and a digest.
run "a_long_name_and_a_digest" {
  command = plan

  variables {
    name     = join("", [for i in range(51) : "n"])
    patterns = ["{\"source\":[\"aws.ec2\"]}"]
  }

  assert {
    condition     = alltrue([for r in output.rules : length(r.name) == 64])
    error_message = "a name of 51 has room for a digest"
  }
}

run "fifo" {
  command = plan

  variables {
    fifo     = true
    patterns = ["{\"source\":[\"aws.ec2\"]}"]
  }

  assert {
    condition     = output.queue_name == "dispatch.fifo"
    error_message = "the queue is a FIFO queue"
  }

  assert {
    condition     = jsondecode(output.forwarder_policy).Statement[0].Resource == ["arn:aws:sqs:eu-west-1:123456789012:dispatch-dead-letters.fifo"]
    error_message = "and so is the forwarder's"
  }
}

run "whole_bucket" {
  command = plan

  variables {
    bucket        = "watched"
    prefixes      = [""]
    force_destroy = true
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Resource if s.Sid == "EmptyBuckets"] == [["arn:aws:s3:::watched/*"]]
    error_message = "who may destroy the objects may empty the bucket"
  }

  assert {
    condition     = jsonencode(jsondecode(output.rules["objects"].pattern).detail) == jsonencode({ bucket = { name = ["watched"] } }) && keys(output.rules) == ["objects"] && length(module.trail) == 0
    error_message = "the empty prefix asks for no key, for EventBridge takes no empty object; and a notification needs no trail"
  }
}

run "trail_alone" {
  command = plan

  variables {
    bucket        = "watched"
    object_events = "trail"
  }

  assert {
    condition     = keys(output.rules) == ["object-calls"] && length(module.trail) == 1 && length(module.bucket) == 1
    error_message = "a trail without a notification"
  }
}

run "adopted" {
  command = plan

  variables {
    bucket       = "theirs"
    adopt_bucket = true
  }

  assert {
    condition     = keys(output.rules) == ["objects"] && output.bucket == "theirs"
    error_message = "an adopted bucket is watched like any"
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Resource if can(regex("s3:", jsonencode(s.Action)))] == [["arn:aws:s3:::theirs"]] && !strcontains(output.operator_policy, "DeleteBucket")
    error_message = "the operator may not delete it"
  }
}

run "custom_bus" {
  command = plan

  variables {
    event_bus_name    = "orders"
    named_patterns    = { paid = "{\"source\":[\"shop\"]}" }
    rule_names        = { paid = "paid-orders" }
    archive_retention = 7
  }

  assert {
    condition     = module.rule.rule_names == ["orders/dispatch.*", "orders/paid-orders"] && output.rules["paid"].name == "paid-orders"
    error_message = "the queue admits the rules of this bus, and those that have a name of their own"
  }

  assert {
    condition     = jsondecode(output.put_events_policy).Statement[0].Resource == ["arn:aws:events:eu-west-1:123456789012:event-bus/orders"]
    error_message = "a program may put events on the bus"
  }

  assert {
    condition     = strcontains(output.operator_policy, "rule/orders/paid-orders") && strcontains(output.operator_policy, "events:CreateArchive")
    error_message = "the operator has the rules on this bus, and their archives"
  }
}

run "given_queue" {
  command = plan

  variables {
    create_queue = false
    queue_arn    = "arn:aws:sqs:eu-west-1:123456789012:theirs"
    patterns     = ["{\"source\":[\"aws.ec2\"]}"]
    alarms       = true
  }

  assert {
    condition     = length(module.queue) == 0 && output.queue_arn == var.queue_arn && output.queue_name == "theirs" && output.dead_letter_queue_arn == null
    error_message = "no queue is made"
  }

  assert {
    condition     = jsondecode(output.queue_policy_document).Statement[0].Resource == var.queue_arn && jsondecode(output.forwarder_policy).Statement[0].Resource == [var.queue_arn]
    error_message = "its policy is to let the rules send, and the forwarder reads it"
  }
}

run "given_trail" {
  command = plan

  variables {
    name          = join("", [for i in range(40) : "n"])
    bucket        = "watched"
    object_events = "trail"
    create_trail  = false
  }

  assert {
    condition     = keys(output.rules) == ["object-calls"] && length(module.trail) == 0 && !strcontains(output.operator_policy, "cloudtrail:")
    error_message = "a rule of a trail that exists, and no trail"
  }
}

# Applied, and last, for what follows would find its resources.
run "everything" {
  variables {
    name           = "all"
    queue_name     = "events"
    named_patterns = { health = "{\"source\":[\"aws.health\"]}" }
    schedule       = "rate(1 minute)"
    bucket         = "watched"
    object_events  = "both"
    prefixes       = ["images/", "in/"]
    grantees       = ["123456789012"]
    kms_key        = "create"
    tags           = { team = "ops" }
  }

  assert {
    condition     = jsonencode(keys(output.rules)) == jsonencode(["health", "object-calls", "objects", "schedule"])
    error_message = "named pattern, schedule and both kinds of object events"
  }

  assert {
    condition = output.rules["objects"].pattern == jsonencode({
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = ["watched"] }, object = { key = [{ prefix = "images/" }, { prefix = "in/" }] } }
    })
    error_message = "S3's notification: objects created under the prefixes"
  }

  assert {
    condition = output.rules["object-calls"].pattern == jsonencode({
      source      = ["aws.s3"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        eventSource       = ["s3.amazonaws.com"]
        eventName         = ["CompleteMultipartUpload", "CopyObject", "PostObject", "PutObject"]
        errorCode         = [{ exists = false }]
        requestParameters = { bucketName = ["watched"], key = [{ prefix = "images/" }, { prefix = "in/" }] }
      }
    })
    error_message = "the trail's call: successful writes under the prefixes"
  }

  assert {
    condition     = [output.queue_name, output.bucket, module.trail[0].log_bucket_arn] == ["events", "watched", "arn:aws:s3:::all-trail-123456789012-eu-west-1"]
    error_message = "names are as told, or made of the stack's"
  }

  assert {
    condition = jsonencode({ for s in jsondecode(output.operator_policy).Statement : s.Sid => s.Resource if contains(["Queues", "Buckets", "Trail"], s.Sid) }) == jsonencode({
      Buckets = ["arn:aws:s3:::watched", "arn:aws:s3:::all-trail-123456789012-eu-west-1"]
      Queues  = [for q in ["events", "events-dead-letters", "events-undelivered"] : "arn:aws:sqs:eu-west-1:123456789012:${q}"]
      Trail   = ["arn:aws:cloudtrail:eu-west-1:123456789012:trail/all-trail"]
    })
    error_message = "the operator's policy names this stack's resources"
  }

  assert {
    condition     = output.kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" && strcontains(output.forwarder_policy, output.kms_key_arn)
    error_message = "the queue has the key, and the forwarder may use it"
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Resource if s.Sid == "StackKeys"] == [[output.kms_key_arn]]
    error_message = "the operator has the key by its ARN"
  }

  assert {
    condition     = [for s in jsondecode(output.key_maker_policy).Statement : jsonencode(s.Condition["ForAllValues:StringEquals"]["aws:TagKeys"]) if s.Sid == "MakeKeys"] == [jsonencode(["dispatch-events-aws:stack", "team"])]
    error_message = "keys are made with the stack's tags alone"
  }

  assert {
    condition     = jsonencode(local.tags) == jsonencode({ team = "ops", "dispatch-events-aws:stack" = "all" })
    error_message = "everything has the user's tags and the stack's"
  }

  assert {
    condition     = jsondecode(output.object_reader_policy).Statement[0].Resource == ["arn:aws:s3:::watched/images/*", "arn:aws:s3:::watched/in/*"]
    error_message = "a reader reads the watched folders"
  }

  assert {
    condition     = jsonencode({ for s in jsondecode(output.function_policy).Statement : s.Sid => s.Resource }) == jsonencode({ ListPrefixes = ["arn:aws:s3:::watched"], Markers = ["arn:aws:s3:::watched/posted/*"], ReadObjects = ["arn:aws:s3:::watched/images/*", "arn:aws:s3:::watched/in/*"] })
    error_message = "the function reads those and keeps its markers beside them"
  }
}

run "alarms" {
  variables {
    name            = "watched"
    queue_name      = "events"
    patterns        = ["{\"source\":[\"aws.ec2\"]}"]
    alarms          = true
    alarm_endpoints = ["ops@receiver.example"]
    alarm_max_age   = 60
  }

  assert {
    condition     = output.alarm_topic_arn == "arn:aws:sns:eu-west-1:123456789012:watched-alarms"
    error_message = "the topic is told"
  }

  assert {
    condition = [for s in jsondecode(output.operator_policy).Statement : s.Resource if s.Sid == "Alarms"] == [concat(
      [for a in ["age", "stalled", "dead-letters", "undelivered"] : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:watched-${a}"],
      ["arn:aws:sns:eu-west-1:123456789012:watched-alarms"],
    )]
    error_message = "the operator's policy names what watches"
  }

  assert {
    condition     = [for s in jsondecode(output.operator_policy).Statement : s.Resource if s.Sid == "StackKeys"] == [["arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"]]
    error_message = "and their key"
  }
}
