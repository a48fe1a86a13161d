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

resource "aws_cloudwatch_event_bus" "orders" {
  name = "orders"
}

module "events" {
  source = "../.."

  name              = "orders"
  event_bus_name    = aws_cloudwatch_event_bus.orders.name
  named_patterns    = { paid = jsonencode({ source = ["shop"], detail-type = ["Order Paid"] }) }
  archive_retention = 30
}

# For the role of the program that puts orders on the bus.
resource "aws_iam_policy" "shop" {
  name   = "orders-put-events"
  policy = module.events.put_events_policy
}

output "queue_url" {
  description = "QUEUE_URL of the forwarder."
  value       = module.events.queue_url
}
