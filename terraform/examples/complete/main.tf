terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

# A stack in each of two regions. A provider has one region, so each call of the module gets a provider of its own.
provider "aws" {
  alias  = "ireland"
  region = "eu-west-1"
}

provider "aws" {
  alias  = "oregon"
  region = "us-west-2"
}

locals {
  stopped = jsonencode({ source = ["aws.ec2"], detail-type = ["EC2 Instance State-change Notification"] })
  health  = jsonencode({ source = ["aws.health"] })
}

# Everything that a stack can have, but a bucket: that is in the example objects.
module "ireland" {
  source    = "../.."
  providers = { aws = aws.ireland }

  name              = "complete"
  named_patterns    = { stopped = local.stopped, health = local.health }
  rule_names        = { health = "complete-health" }
  schedule          = "rate(1 day)"
  archive_retention = 7
  kms_key           = "create"
  alarms            = true
  tags              = { team = "ops" }
}

# Another for each team, all in one call.
module "oregon" {
  source    = "../.."
  providers = { aws = aws.oregon }
  for_each  = toset(["blue", "green"])

  name           = "complete-${each.key}"
  named_patterns = { stopped = local.stopped }
  tags           = { team = each.key }
}

output "queue_urls" {
  description = "QUEUE_URL of a forwarder for each stack."
  value       = merge({ ireland = module.ireland.queue_url }, { for team, stack in module.oregon : team => stack.queue_url })
}
