locals {
  by_notification = var.bucket != null && var.object_events != "trail"
  by_trail        = var.bucket != null && var.object_events != "notification"

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
  count  = local.by_trail && var.create_trail ? 1 : 0

  name          = "${var.name}-trail"
  bucket_arn    = module.bucket[0].bucket_arn
  prefixes      = var.prefixes
  force_destroy = var.force_destroy
  tags          = local.tags
}
