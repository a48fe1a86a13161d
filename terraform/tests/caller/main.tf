# What only a module without a provider block lets its callers do.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

resource "terraform_data" "before" {
  input = "there first"
}

module "each" {
  source    = "../.."
  providers = { aws = aws }
  for_each  = toset(["blue", "green"])

  name          = each.key
  patterns      = ["{\"source\":[\"aws.ec2\"]}"]
  bucket        = "pictures-${each.key}"
  object_events = "both"
  alarms        = true

  depends_on = [terraform_data.before]
}

resource "aws_s3_bucket" "theirs" {
  bucket = "theirs"
}

# A bucket made in the same configuration: its name is known in the plan, and it is there before it is looked up.
module "adopting" {
  source = "../.."

  name         = "adopting"
  bucket       = aws_s3_bucket.theirs.bucket
  adopt_bucket = true

  depends_on = [aws_s3_bucket.theirs]
}

module "none" {
  source = "../.."
  count  = 0

  patterns = ["{\"source\":[\"aws.ec2\"]}"]
}

output "queue_names" {
  description = "Of each stack."
  value       = { for key, stack in module.each : key => stack.queue_name }
}
