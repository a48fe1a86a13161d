terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

# A provider has one region, so stacks in another region take another provider.
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "oregon"
  region = "us-west-2"
}

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  stopped = jsonencode({ source = ["aws.ec2"], detail-type = ["EC2 Instance State-change Notification"] })
  health  = jsonencode({ source = ["aws.health"] })
}

# New objects under images/ are events twice: at once by S3's notification, and minutes later by a trail, which names the
# caller.
module "everything" {
  source = "../.."

  name              = "complete"
  named_patterns    = { stopped = local.stopped, health = local.health }
  rule_names        = { health = "complete-health" }
  schedule          = "rate(1 day)"
  archive_retention = 7
  kms_key           = "create"
  bucket            = "complete-${local.account}"
  object_events     = "both"
  grantees          = [local.account]
  force_destroy     = true
  alarms            = true
  tags              = { team = "ops" }
}

# A stack for each team in another region, all in one call.
module "teams" {
  source    = "../.."
  providers = { aws = aws.oregon }
  for_each  = toset(["blue", "green"])

  name           = "complete-${each.key}"
  named_patterns = { stopped = local.stopped }
  tags           = { team = each.key }
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "orders"
}

module "orders" {
  source = "../.."

  name           = "orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  named_patterns = { paid = jsonencode({ source = ["shop"], detail-type = ["Order Paid"] }) }
}

# For the role of the program that puts orders on the bus.
resource "aws_iam_policy" "shop" {
  name   = "orders-put-events"
  policy = module.orders.put_events_policy
}

resource "aws_s3_bucket" "theirs" {
  bucket = "theirs-${local.account}"
}

# A bucket of the same configuration: the plan knows its name, and it is there before the module looks it up.
module "adopting" {
  source = "../.."

  name         = "adopting"
  bucket       = aws_s3_bucket.theirs.bucket
  adopt_bucket = true

  depends_on = [aws_s3_bucket.theirs]
}

output "queue_urls" {
  description = "QUEUE_URL of a forwarder for each stack."
  value = merge({
    everything = module.everything.queue_url
    orders     = module.orders.queue_url
    adopting   = module.adopting.queue_url
  }, { for team, stack in module.teams : team => stack.queue_url })
}
