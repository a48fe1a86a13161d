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

# Each names the other: the queue admits rules by their names, which are known before there are any.
module "rule" {
  source = "../../modules/rule"

  name      = "alone"
  queue_arn = module.queue.queue_arn
  patterns  = { health = jsonencode({ source = ["aws.health"] }) }
}

module "queue" {
  source = "../../modules/queue"

  name  = "alone"
  rules = module.rule.rule_names
}

module "policy" {
  source = "../../modules/policy"

  name                           = "alone"
  queue_arn                      = module.queue.queue_arn
  dead_letter_queue_arn          = module.queue.dead_letter_queue_arn
  delivery_dead_letter_queue_arn = module.rule.dead_letter_queue_arn
  alarms                         = module.alarms
}

module "alarms" {
  source = "../../modules/alarms"

  name               = "alone"
  queue_name         = module.queue.queue_name
  dead_letter_queues = { dead-letters = module.queue.dead_letter_queue_name, undelivered = module.rule.dead_letter_queue_name }
}

data "aws_caller_identity" "current" {}

module "bucket" {
  source = "../../modules/bucket"

  bucket      = "alone-${data.aws_caller_identity.current.account_id}"
  eventbridge = true
}

module "trail" {
  source = "../../modules/trail"

  name       = "alone"
  bucket_arn = module.bucket.bucket_arn
  prefixes   = [""]
}
