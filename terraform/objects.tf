locals {
  by_notification = var.bucket != null && var.object_events != "trail"
  by_trail        = var.bucket != null && var.object_events != "notification"
  create_trail    = local.by_trail && var.create_trail

  # By construction, because the trail and its log bucket name each other, and so do the stack's policies.
  bucket_arn     = var.bucket == null ? null : "arn:${local.partition}:s3:::${var.bucket}"
  trail          = "${var.name}-trail"
  trail_arn      = local.create_trail ? "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${local.trail}" : null
  log_bucket     = "${local.trail}-${local.account}-${local.region}"
  log_bucket_arn = local.create_trail ? "arn:${local.partition}:s3:::${local.log_bucket}" : null

  # The keys under the prefixes. The empty prefix is every key: no filter at all, for EventBridge takes no empty object.
  keys = contains(var.prefixes, "") ? {} : { key = [for p in var.prefixes : { prefix = p }] }

  notification_patterns = !local.by_notification ? {} : { objects = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = merge({ bucket = { name = [var.bucket] } }, length(local.keys) > 0 ? { object = local.keys } : {})
  }) }

  trail_patterns = !local.by_trail ? {} : { object-calls = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource       = ["s3.amazonaws.com"]
      eventName         = ["CompleteMultipartUpload", "CopyObject", "PostObject", "PutObject"]
      errorCode         = [{ exists = false }]
      requestParameters = merge({ bucketName = [var.bucket] }, local.keys)
    }
  }) }
}

module "bucket" {
  source = "./modules/bucket"
  count  = var.bucket == null ? 0 : 1

  bucket        = var.bucket
  adopt         = var.adopt_bucket
  eventbridge   = local.by_notification && (!var.adopt_bucket || var.adopt_notifications)
  prefixes      = var.prefixes
  grantees      = var.grantees
  force_destroy = var.force_destroy
  tags          = local.tags
}

module "trail" {
  source = "./modules/trail"
  count  = local.create_trail ? 1 : 0

  name          = local.trail
  bucket_arn    = local.bucket_arn
  prefixes      = var.prefixes
  force_destroy = var.force_destroy
  tags          = local.tags
}
