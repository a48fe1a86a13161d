variable "stack" {
  description = "The stack's outputs, as `make outputs JSON=true` prints them; the forwarder needs these."
  type = object({
    region                = string
    queue_url             = string
    queue_arn             = string
    queue_name            = string
    dead_letter_queue_url = string
    forwarder_policy      = string
  })
}

variable "name" {
  description = "Name of the service and of its other resources."
  type        = string
  default     = "dispatch-forwarder"
}

variable "image" {
  description = "Image of the forwarder (from `make image`) in your registry, such as REGISTRY/dispatch-events-aws:VERSION."
  type        = string
  default     = "dispatch-events-aws:VERSION"
}

variable "architecture" {
  description = "Architecture of the image: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
}

variable "cluster" {
  description = "Name of the ECS cluster."
  type        = string
}

variable "subnets" {
  description = "Subnets with a route to SQS and to the receiver: private subnets with a NAT gateway or VPC endpoints."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "Whether tasks get a public IP address, which they need in public subnets."
  type        = bool
  default     = false
}

variable "sink_url" {
  description = "URL of the receiver (SINK_URL)."
  type        = string

  validation {
    condition     = can(regex("^https?://[^/]+", var.sink_url))
    error_message = "sink_url must be an http or https URL."
  }
}

variable "sink_token_arn" {
  description = "ARN of the receiver's token: a secret of Secrets Manager or a parameter of SSM's Parameter Store. If null, no token is sent."
  type        = string
  default     = null

  validation {
    condition     = var.sink_token_arn == null || can(regex("^arn:[a-z-]+:(secretsmanager|ssm):", var.sink_token_arn))
    error_message = "sink_token_arn must be null or the ARN of a secret (secretsmanager) or of a parameter (ssm)."
  }
}

variable "settings" {
  description = "Other settings of the forwarder by name, such as FORMAT or SOURCE. They take precedence over those that this example sets."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), ["SINK_TOKEN", "AUTH_TOKEN", "AWS_SECRET_ACCESS_KEY"])) == 0
    error_message = "settings must not contain a secret, because everybody who may read the task definition can read it. Use sink_token_arn."
  }
}

variable "min_tasks" {
  description = "Minimum number of tasks."
  type        = number
  default     = 1

  validation {
    condition     = var.min_tasks >= 1 && floor(var.min_tasks) == var.min_tasks
    error_message = "min_tasks must be a whole number of at least 1."
  }
}

variable "max_tasks" {
  description = "Maximum number of tasks: 2 to 20, because a scaling policy has at most 20 steps."
  type        = number
  default     = 20

  validation {
    condition     = var.max_tasks >= 2 && var.max_tasks <= 20 && floor(var.max_tasks) == var.max_tasks && var.max_tasks >= var.min_tasks
    error_message = "max_tasks must be a whole number from 2 to 20, and not less than min_tasks."
  }
}

variable "events_per_task" {
  description = "Number of waiting and in-flight messages for each task."
  type        = number
  default     = 5000
}
