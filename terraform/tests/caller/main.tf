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

module "none" {
  source = "../.."
  count  = 0

  patterns = ["{\"source\":[\"aws.ec2\"]}"]
}

output "queue_names" {
  description = "Of each stack."
  value       = { for key, stack in module.each : key => stack.queue_name }
}
