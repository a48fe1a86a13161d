data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  # By construction, because the log bucket's policy must name the trail before there is one.
  trail_arn      = "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${var.name}"
  log_bucket     = coalesce(var.log_bucket, "${var.name}-${local.account}-${local.region}")
  log_bucket_arn = "arn:${local.partition}:s3:::${local.log_bucket}"
}

resource "aws_cloudtrail" "this" {
  name                          = var.name
  s3_bucket_name                = local.log_bucket
  enable_log_file_validation    = true
  include_global_service_events = false
  is_multi_region_trail         = false
  kms_key_id                    = var.kms_key_arn
  tags                          = var.tags

  # Data events are billed one by one: writes under the prefixes, nothing else.
  advanced_event_selector {
    name = "Writes to the watched objects"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = [for p in var.prefixes : "${var.bucket_arn}/${p}"]
    }
  }

  # CloudTrail tries the bucket when it creates the trail, and the policy must let it.
  depends_on = [aws_s3_bucket_policy.log]
}
