data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = split(":", var.bucket_arn)[1]
  region    = data.aws_region.current.id

  # By construction, because the log bucket's policy must name the trail before there is one.
  trail_arn  = "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${var.name}"
  log_bucket = "${var.name}-${local.account}-${local.region}"

  log_statements = [
    {
      Sid       = "TrailAsks"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = "arn:${local.partition}:s3:::${local.log_bucket}"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    },
    {
      Sid       = "TrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:${local.partition}:s3:::${local.log_bucket}/AWSLogs/${local.account}/*"
      Condition = { StringEquals = {
        "aws:SourceArn" = local.trail_arn
        "s3:x-amz-acl"  = "bucket-owner-full-control"
      } }
    },
  ]
}

module "log_bucket" {
  source = "../bucket"

  bucket        = local.log_bucket
  statements    = local.log_statements
  force_destroy = var.force_destroy
  expire_days   = 365
  tags          = var.tags
}

# CloudTrail tries the bucket when it creates the trail: the name of the bucket is known only when its policy is in force.
resource "aws_cloudtrail" "this" {
  name                          = var.name
  s3_bucket_name                = module.log_bucket.bucket
  enable_log_file_validation    = true
  include_global_service_events = false
  tags                          = var.tags

  # Data events are billed one by one: writes under the prefixes, nothing else.
  advanced_event_selector {
    name = "Writes to the watched objects"

    dynamic "field_selector" {
      for_each = { eventCategory = "Data", readOnly = "false", "resources.type" = "AWS::S3::Object" }

      content {
        field  = field_selector.key
        equals = [field_selector.value]
      }
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = [for p in var.prefixes : "${var.bucket_arn}/${p}"]
    }
  }
}
