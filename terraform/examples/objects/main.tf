terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

# New objects under images/ are events twice: at once by S3's notification, and minutes later by a trail, which names the
# caller.
module "events" {
  source = "../.."

  name          = "objects"
  bucket        = "objects-${data.aws_caller_identity.current.account_id}"
  prefixes      = ["images/"]
  object_events = "both"
  grantees      = [data.aws_caller_identity.current.account_id]
  force_destroy = true
}

output "queue_url" {
  description = "QUEUE_URL of the forwarder."
  value       = module.events.queue_url
}
