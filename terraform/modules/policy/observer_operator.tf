# The stack's own resources, for those who observe it (status) and for those who operate it: plan, apply, inspect, destroy.
# An observer changes nothing, but that a look at a dead letter hides it for a moment. Operators may observe, too.
locals {
  stack_statements = {
    Rules = {
      Observe = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
      Operate = [
        "events:DeleteRule", "events:PutRule", "events:RemoveTargets", "events:TagResource",
        "events:UntagResource",
      ]
      Resource = local.rule_arns
    }
    Targets = {
      Operate   = ["events:PutTargets"]
      Resource  = local.rule_arns
      Condition = merge(local.has_targets, { "ForAllValues:ArnEquals" = { "events:TargetArn" = [var.queue_arn] } })
    }
    # AWS wants both: the archive, and the bus that it is of.
    Archives = {
      Observe  = ["events:DescribeArchive"]
      Operate  = ["events:CreateArchive", "events:DeleteArchive", "events:UpdateArchive"]
      Resource = var.archives ? ["${local.events}:archive/${var.name}.*", local.bus_arn] : []
    }
    Queues = {
      Observe = ["sqs:GetQueueAttributes", "sqs:ListQueueTags"]
      Operate = [
        "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:SetQueueAttributes",
        "sqs:TagQueue", "sqs:UntagQueue",
      ]
      Resource = local.queue_arns
    }
    GivenQueue = {
      Observe  = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
      Resource = var.create_queue ? [] : [var.queue_arn]
    }
    # The resources of a tail command that was killed are removed with the stack.
    Tail = {
      Operate = [
        "events:DeleteRule", "events:ListTagsForResource", "events:RemoveTargets", "sqs:DeleteQueue",
        "sqs:GetQueueUrl", "sqs:ListQueueTags",
      ]
      Resource = [local.tail_rules_arn, local.tail_queues_arn]
    }
    # AWS knows no resource for these: who has Unsubscribe may end any subscription of the account.
    Account = {
      Observe = concat(
        ["cloudwatch:GetMetricStatistics", "events:ListRules"],
        var.trail_arn == null ? [] : ["cloudtrail:DescribeTrails"],
        var.alarms == null ? [] : ["sns:GetSubscriptionAttributes"],
      )
      Operate = concat(
        ["sqs:ListQueues"],
        local.makes_keys ? ["kms:ListKeys"] : [],
        var.alarms == null ? [] : ["sns:Unsubscribe"],
      )
      Resource = ["*"]
    }
    # To look at dead letters and give them back at once.
    DeadLetters = {
      Observe  = ["sqs:ChangeMessageVisibility", "sqs:ReceiveMessage"]
      Resource = local.dead_letter_arns
    }
    Trail = {
      Observe = ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"]
      Operate = [
        "cloudtrail:AddTags", "cloudtrail:CreateTrail", "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors", "cloudtrail:RemoveTags", "cloudtrail:StartLogging",
        "cloudtrail:UpdateTrail",
      ]
      Resource = compact([var.trail_arn])
    }
    # Terraform reads every part of a bucket that it could manage, also those that this stack leaves alone.
    Buckets = {
      Observe = [
        "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS",
        "s3:GetBucketLogging", "s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning",
        "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration", "s3:ListBucket",
      ]
      Operate = [
        "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:ListBucketVersions",
        "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
      ]
      Resource = var.bucket_arns
    }
    EmptyBuckets = {
      Operate  = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      Resource = [for a in var.bucket_arns : "${a}/*" if var.force_destroy]
    }
    AdoptedBucket = {
      Observe  = ["s3:GetBucketNotification", "s3:GetBucketTagging", "s3:GetBucketWebsite", "s3:ListBucket"]
      Operate  = ["s3:PutBucketNotification"]
      Resource = compact([var.adopted_bucket_arn])
    }
    # To read encrypted dead letters.
    ReadDeadLetters = {
      Observe   = ["kms:Decrypt"]
      Resource  = length(local.dead_letter_arns) > 0 ? compact([var.kms_key_arn]) : []
      Condition = local.of_the_queues
    }
    Key = {
      Observe  = ["kms:DescribeKey"]
      Resource = compact([var.kms_key_arn])
    }
    # By their ARNs, which are known once they are made: a tag could be put on any key.
    StackKeys = {
      Observe = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
      Operate = [
        "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource",
        "kms:UntagResource", "kms:UpdateKeyDescription",
      ]
      Resource = compact([var.create_key ? var.kms_key_arn : null, try(var.alarms.kms_key_arn, null)])
    }
    Alarms = {
      Observe = [
        "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "sns:GetTopicAttributes",
        "sns:ListTagsForResource",
      ]
      Operate = [
        "cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
        "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource",
        "sns:UntagResource",
      ]
      Resource = try(concat(var.alarms.alarm_arns, [var.alarms.topic_arn]), [])
    }
  }
}
